using PgScale.Benchmarks.Backfill;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks;

/// <summary>What it costs to change a whole table beside its users, and what they and the replicas feel of it.</summary>
internal static class BackfillBenchmarks
{
    private static readonly Func<PostgresCluster, BenchmarkRun, IAsyncEnumerable<BenchmarkRow>>[] Scenarios =
    [
        FillScenario.RunAsync,
    ];

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(BenchmarkRun run)
    {
        await using var cluster = await PostgresCluster.StartAsync(Servers(), run.CancellationToken);
        foreach (var scenario in Scenarios)
        {
            await foreach (var row in scenario(cluster, run))
            {
                yield return row;
            }
        }
    }

    // Durable, and without what would come at a moment of its own: checkpoints are made between turns, dead rows stay to be counted.
    private static PostgresClusterOptions Servers() => new()
    {
        Replicas = 1,
        Durable = true,
        Settings =
        {
            ["shared_buffers"] = "1GB",
            ["max_wal_size"] = "16GB",
            ["checkpoint_timeout"] = "1h",
            ["autovacuum"] = "off",
        },
    };
}
