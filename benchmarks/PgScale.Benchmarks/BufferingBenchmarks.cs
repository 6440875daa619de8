using PgScale.Benchmarks.Buffering;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Micro;
using PgScale.Testing;

namespace PgScale.Benchmarks;

/// <summary>What it costs to hand over a write that can wait, and what is saved by writing it later together with others.</summary>
internal static class BufferingBenchmarks
{
    private static readonly Func<PostgresServer, BenchmarkRun, IAsyncEnumerable<BenchmarkRow>>[] OnOneServer =
    [
        CallerLatencyScenario.RunAsync,
        LogLoadScenario.RunAsync,
        DurableScenario.RunAsync,
        CounterScenario.RunAsync,
        LastSeenScenario.RunAsync,
        PoisonScenario.RunAsync,
        OutageScenario.RunAsync,
    ];

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(BenchmarkRun run)
    {
        await foreach (var row in SpoolAsync(run))
        {
            yield return row;
        }

        await foreach (var row in EnqueueScenario.RunAsync(run))
        {
            yield return row;
        }

        await using var cluster = await PostgresCluster.StartAsync(Servers(), run.CancellationToken);
        await LogTable.CreateAsync(cluster.Primary, run.CancellationToken);
        foreach (var scenario in OnOneServer)
        {
            await foreach (var row in scenario(cluster.Primary, run))
            {
                yield return row;
            }
        }
    }

    private static async IAsyncEnumerable<BenchmarkRow> SpoolAsync(BenchmarkRun run)
    {
        var appends = await MicroBenchmark.RunAsync<SpoolAppendBenchmark>(run);
        const string measure = "spool append, 100 bytes, fsync every 100 ms";
        yield return appends.Time(measure, nameof(SpoolAppendBenchmark.WriteToFile), nameof(SpoolAppendBenchmark.Append), Goal.AtMost(300));
        yield return appends.Allocated(measure, baseline: null, nameof(SpoolAppendBenchmark.Append), Goal.AtMost(0));
    }

    // Durable, and without what would come at a moment of its own: checkpoints are made between turns, dead rows stay to be counted.
    private static PostgresClusterOptions Servers() => new()
    {
        Replicas = 0,
        Durable = true,
        Settings =
        {
            ["synchronous_commit"] = "on",
            ["shared_buffers"] = "512MB",
            ["max_wal_size"] = "8GB",
            ["checkpoint_timeout"] = "1h",
            ["autovacuum"] = "off",
        },
    };
}
