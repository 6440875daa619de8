using PgScale.Testing;

namespace PgScale.Tests.Docs.Snippets;

/// <summary>The code of docs/testing.md.</summary>
internal static class TestingPage
{
    public static async Task UseAsync()
    {
        await using PostgresCluster cluster = await PostgresCluster.StartAsync();   // a primary and two replicas

        await cluster.Primary.ExecuteAsync("CREATE TABLE messages (id bigint)");
        await cluster.WaitForReplicasAsync();                                       // all have replayed it

        await cluster["replica1"].FreezeAsync();                                    // accepts connections, answers nobody
        await cluster["replica2"].SetReplayDelayAsync(TimeSpan.FromSeconds(2));     // lags two seconds
        await cluster.Primary.KillAsync();                                          // kill -9
        await cluster.PromoteAsync(cluster["replica2"]);                            // cluster.Primary is replica2 now
    }
}
