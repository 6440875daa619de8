using PgScale.Benchmarks.Caching;
using PgScale.Benchmarks.Harness;

namespace PgScale.Benchmarks;

/// <summary>What a cached read costs, how many reads are cached ones, and what the database sees on a bad day.</summary>
internal static class CachingBenchmarks
{
    private static readonly Func<BenchmarkRun, IAsyncEnumerable<BenchmarkRow>>[] Parts =
    [
        LocalHitRows.MeasureAsync,
        CacheHitRows.MeasureAsync,
        RedisHitRows.MeasureAsync,
        StampedeScenario.MeasureAsync,
        DeadOwnerScenario.MeasureAsync,
        FailingLoadScenario.MeasureAsync,
        HotKeyScenario.MeasureAsync,
        ManyKeysScenario.MeasureAsync,
        RedisOutageScenario.MeasureAsync,
        FlushScenario.MeasureAsync,
        StaleReadScenario.MeasureAsync,
    ];

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(BenchmarkRun run)
    {
        foreach (var part in Parts)
        {
            await foreach (var row in part(run))
            {
                yield return row;
            }
        }

        foreach (var row in HitRatioRows.Measure(run))
        {
            yield return row;
        }
    }
}
