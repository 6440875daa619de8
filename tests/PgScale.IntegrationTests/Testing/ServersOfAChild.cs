using PgScale.Testing;
using PgScale.Testing.Postgres;
using PgScale.Testing.Processes;

namespace PgScale.IntegrationTests.Testing;

/// <summary>Starts one of everything, says what was started, and waits to be killed.</summary>
internal static class ServersOfAChild
{
    public static async Task RunAsync()
    {
        PostgresCluster cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = 1 });
        PgBouncerServer bouncer = await cluster.AddPgBouncerAsync(cluster.Primary);
        RedisServer redis = await RedisServer.StartAsync();
        await cluster.Primary.ExecuteAsync("CREATE TABLE t (id int)");
        // A frozen server is the hardest to end, and a killed one leaves shared memory behind.
        await cluster["replica1"].FreezeAsync();

        int[] roots = [cluster.Primary.ProcessId, cluster["replica1"].ProcessId, bouncer.ProcessId, redis.ProcessId];
        int[] processes = [.. roots, .. roots.SelectMany(ProcessTree.ChildrenOf), Reaper.Current.ProcessId!.Value];
        int[] ports = [cluster.Primary.Port, cluster["replica1"].Port, bouncer.Port, redis.Port];
        int[] memory = [.. cluster.Servers.Select(server => PostmasterFile.Read(server.DataDirectory)!.SharedMemoryId!.Value)];
        foreach (var numbers in (int[][])[processes, ports, memory])
        {
            await Console.Out.WriteLineAsync(string.Join(' ', numbers));
        }

        await Console.In.ReadLineAsync();
    }
}
