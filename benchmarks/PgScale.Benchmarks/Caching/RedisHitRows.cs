using PgScale.Benchmarks.Caching.Sides;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;
using PgScale.Benchmarks.Micro;
using PgScale.Testing;

namespace PgScale.Benchmarks.Caching;

/// <summary>What a read costs that Redis answers.</summary>
internal static class RedisHitRows
{
    public const int Clients = 64;

    public static async IAsyncEnumerable<BenchmarkRow> MeasureAsync(BenchmarkRun run)
    {
        var hits = await MicroBenchmark.RunAsync<RedisHitBenchmark>(run);
        yield return hits.Time("L2 hit: 0.5 KB object", nameof(RedisHitBenchmark.Plain), nameof(RedisHitBenchmark.PgScale), Goal.RatioAtMost(1.2));
        yield return hits.Allocated("L2 hit: 0.5 KB object", nameof(RedisHitBenchmark.Plain), nameof(RedisHitBenchmark.PgScale), Goal.RatioAtMost(1.2));

        await using var redis = await RedisServer.StartAsync(cancellationToken: run.CancellationToken);
        await using var reads = await RedisHits.StartAsync(redis, run.CancellationToken);
        var rate = await new Scenario<LoadResult>("L2 hits, many at once")
            .Side(RedisHits.PlainName, round => ClosedLoop.RunAsync(Clients, round, async (client, _) => await reads.PlainAsync(client)))
            .Side(CacheSides.PgScale, round => ClosedLoop.RunAsync(Clients, round, async (client, _) => await reads.PgScaleAsync(client)))
            .RunAsync(run with { Rounds = run.Quick ? 2 : 5, RoundTime = TimeSpan.FromSeconds(run.Quick ? 0.5 : 1) });
        yield return rate.Row("L2 hits, 64 callers", "1/s", load => load.PerSecond, Goal.RatioAtLeast(0.83));
    }
}
