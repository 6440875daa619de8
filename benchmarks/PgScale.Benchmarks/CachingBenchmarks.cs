using PgScale.Benchmarks.Caching;
using PgScale.Benchmarks.Harness;

namespace PgScale.Benchmarks;

/// <summary>What a cached read costs, how many reads are cached ones, and what the database sees on a bad day.</summary>
internal static class CachingBenchmarks
{
    private static readonly (string Name, Func<BenchmarkRun, IAsyncEnumerable<BenchmarkRow>> Measure)[] Parts =
    [
        ("store", LocalHitRows.MeasureAsync),
        ("memory", CacheHitRows.MeasureAsync),
        ("redis", RedisHitRows.MeasureAsync),
        ("stampede", StampedeScenario.MeasureAsync),
        ("dead-owner", DeadOwnerScenario.MeasureAsync),
        ("failing", FailingLoadScenario.MeasureAsync),
        ("hot", HotKeyScenario.MeasureAsync),
        ("many", ManyKeysScenario.MeasureAsync),
        ("outage", RedisOutageScenario.MeasureAsync),
        ("flush", FlushScenario.MeasureAsync),
        ("stale", StaleReadScenario.MeasureAsync),
        ("ratio", static run => HitRatioRows.Measure(run).ToAsyncEnumerable()),
    ];

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(BenchmarkRun run)
    {
        foreach (var (_, measure) in Parts.Where(part => run.Wants(part.Name)))
        {
            await foreach (var row in measure(run))
            {
                yield return row;
            }
        }
    }
}
