using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Micro;

namespace PgScale.Benchmarks;

/// <summary>What knowing the cluster costs.</summary>
internal static class ClusterBenchmarks
{
    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(BenchmarkRun run)
    {
        var reads = await MicroBenchmark.RunAsync<SnapshotReadBenchmark>(run);
        yield return reads.Time(
            "snapshot read",
            baseline: nameof(SnapshotReadBenchmark.UnderLock),
            ours: nameof(SnapshotReadBenchmark.Volatile),
            Goal.AtMost(5));
    }
}
