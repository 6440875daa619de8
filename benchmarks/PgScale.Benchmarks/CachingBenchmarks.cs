using PgScale.Benchmarks.Caching;
using PgScale.Benchmarks.Harness;

namespace PgScale.Benchmarks;

/// <summary>What a cached read costs, and how many reads are cached ones.</summary>
internal static class CachingBenchmarks
{
    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(BenchmarkRun run)
    {
        await foreach (var row in LocalHitRows.MeasureAsync(run))
        {
            yield return row;
        }

        foreach (var row in HitRatioRows.Measure(run))
        {
            yield return row;
        }
    }
}
