using PgScale.Benchmarks.Ddl;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks;

/// <summary>How long a schema change makes an application wait, and how often the judge is right.</summary>
internal static class DdlBenchmarks
{
    private static readonly Func<PostgresServer, BenchmarkRun, IAsyncEnumerable<BenchmarkRow>>[] OnOneServer =
    [
        CorpusRows.MeasureAsync,
        LockScenario.RunAsync,
        LargeTableScenario.RunAsync,
    ];

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(BenchmarkRun run)
    {
        await using (var cluster = await PostgresCluster.StartAsync(Servers(replicas: 0), run.CancellationToken))
        {
            foreach (var scenario in OnOneServer)
            {
                await foreach (var row in scenario(cluster.Primary, run))
                {
                    yield return row;
                }
            }
        }

        await using var replicated = await PostgresCluster.StartAsync(Servers(replicas: 1), run.CancellationToken);
        await foreach (var row in ReplicaScenario.RunAsync(replicated, run))
        {
            yield return row;
        }
    }

    // What is measured is waiting for locks: without fsync, and without what would come at a moment of its own.
    private static PostgresClusterOptions Servers(int replicas) => new()
    {
        Replicas = replicas,
        Settings =
        {
            ["shared_buffers"] = "512MB",
            ["maintenance_work_mem"] = "256MB",
            ["max_wal_size"] = "16GB",
            ["checkpoint_timeout"] = "1h",
            ["autovacuum"] = "off",
            ["max_standby_streaming_delay"] = "3s",
        },
    };
}
