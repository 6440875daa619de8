using Microsoft.Extensions.Configuration;
using PgScale.Testing;

namespace PgScale.Samples.GettingStarted;

/// <summary>Puts servers of this machine in the place of those in appsettings.json, so that the sample runs anywhere.</summary>
internal static class LocalServers
{
    public static async Task<PostgresCluster> StartAsync(IConfigurationBuilder configuration)
    {
        var cluster = await PostgresCluster.StartAsync();
        await cluster.Primary.ExecuteAsync("CREATE TABLE IF NOT EXISTS orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item text NOT NULL)");
        configuration.AddInMemoryCollection(cluster.Servers.Select((server, index) =>
            KeyValuePair.Create($"PgScale:Nodes:{index}:ConnectionString", (string?)server.ConnectionString)));
        return cluster;
    }
}
