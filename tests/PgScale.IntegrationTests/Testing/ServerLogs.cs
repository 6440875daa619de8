using NUnit.Framework.Interfaces;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Testing;

/// <summary>What the servers said, for the reader of a failed test.</summary>
internal static class ServerLogs
{
    public static async Task WriteIfFailedAsync(PostgresCluster cluster)
    {
        if (TestContext.CurrentContext.Result.Outcome.Status != TestStatus.Failed)
        {
            return;
        }

        foreach (PostgresServer server in cluster.Servers)
        {
            await TestContext.Out.WriteLineAsync($"--- {server}, {(server.IsRunning ? "running" : "not running")}\n{await server.ReadLogAsync()}");
        }
    }
}
