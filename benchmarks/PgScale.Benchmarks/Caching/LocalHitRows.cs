using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Micro;

namespace PgScale.Benchmarks.Caching;

/// <summary>What a hit in the in-process store costs.</summary>
internal static class LocalHitRows
{
    // The whole hit of the cache may take 0.6; what lies around the store needs its part of that.
    private static readonly Goal Time = Goal.RatioAtMost(0.4);

    public static async IAsyncEnumerable<BenchmarkRow> MeasureAsync(BenchmarkRun run)
    {
        var hits = await MicroBenchmark.RunAsync<LocalHitBenchmark>(run);
        const string Baseline = nameof(LocalHitBenchmark.MemoryCache);
        yield return hits.Time("L1 store hit: string key", Baseline, nameof(LocalHitBenchmark.LocalStore), Time);
        yield return hits.Allocated("L1 store hit: string key", Baseline, nameof(LocalHitBenchmark.LocalStore), Goal.AtMost(0));
        yield return hits.Time("L1 store hit: characters", Baseline, nameof(LocalHitBenchmark.LocalStoreByCharacters), Time);
        yield return hits.Allocated("L1 store hit: characters", baseline: null, nameof(LocalHitBenchmark.LocalStoreByCharacters), Goal.AtMost(0));
    }
}
