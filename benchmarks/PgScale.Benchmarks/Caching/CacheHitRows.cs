using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Micro;

namespace PgScale.Benchmarks.Caching;

/// <summary>What a read costs that memory answers, beside a <c>MemoryCache</c> of the same size.</summary>
internal static class CacheHitRows
{
    private static readonly Goal Time = Goal.RatioAtMost(0.6);
    private static readonly Goal Bytes = Goal.AtMost(0);

    public static async IAsyncEnumerable<BenchmarkRow> MeasureAsync(BenchmarkRun run)
    {
        var hits = await MicroBenchmark.RunAsync<CacheHitBenchmark>(run);
        foreach (var (what, baseline, ours) in new[]
        {
            ("string", nameof(CacheHitBenchmark.MemoryString), nameof(CacheHitBenchmark.PgScaleString)),
            ("immutable class", nameof(CacheHitBenchmark.MemoryImmutable), nameof(CacheHitBenchmark.PgScaleImmutable)),
            ("mutable class, one object for all", nameof(CacheHitBenchmark.MemoryMutable), nameof(CacheHitBenchmark.PgScaleMutableShared)),
        })
        {
            yield return hits.Time($"L1 hit: {what}", baseline, ours, Time);
            yield return hits.Allocated($"L1 hit: {what}", baseline, ours, Bytes);
        }

        // A copy for each caller is the default here; by hand it is a cache of JSON.
        const string Copied = "L1 hit: mutable class, a copy for each caller";
        yield return hits.Time(Copied, nameof(CacheHitBenchmark.MemoryCopied), nameof(CacheHitBenchmark.PgScaleMutableCopied), Goal.RatioAtMost(1.2));
        yield return hits.Allocated(Copied, nameof(CacheHitBenchmark.MemoryCopied), nameof(CacheHitBenchmark.PgScaleMutableCopied), Goal.RatioAtMost(1.2));
    }
}
