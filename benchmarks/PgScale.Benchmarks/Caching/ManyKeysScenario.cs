using System.Globalization;
using PgScale.Benchmarks.Caching.Fleet;
using PgScale.Benchmarks.Caching.Sides;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Caching;

/// <summary>A page that needs a hundred values none of which is there: asked for once, and by four processes at the same time.</summary>
internal static class ManyKeysScenario
{
    private const int Keys = 100;

    private static readonly TimeSpan Load = TimeSpan.FromMilliseconds(20);

    public static async IAsyncEnumerable<BenchmarkRow> MeasureAsync(BenchmarkRun run)
    {
        await using var redis = await RedisServer.StartAsync(cancellationToken: run.CancellationToken);
        var once = run with { Rounds = run.Quick ? 3 : 9 };
        var alone = await new Scenario<ManyKeysSample>("100 missing keys, one process")
            .Side(CacheSides.Article, round => AskAsync(round, CacheKind.Article, redis))
            .Side(CacheSides.PgScale, round => AskAsync(round, CacheKind.PgScale, redis))
            .RunAsync(once);
        yield return alone.Row("100 keys, all miss: Redis reads", "commands", sample => sample.Reads, Goal.AtMost(1), worst: true);
        yield return alone.Row("100 keys, all miss: loader calls", "calls", sample => sample.Calls, Goal.AtMost(1), worst: true);
        yield return alone.Row("100 keys, all miss: time, of it 20 ms to load", "ms", sample => sample.Milliseconds, Goal.None);

        await using var article = await CacheFleet.StartAsync(new() { Kind = CacheKind.Article, Redis = redis.ConnectionString });
        await using var ours = await CacheFleet.StartAsync(new() { Kind = CacheKind.PgScale, Redis = redis.ConnectionString });
        var fleet = await new Scenario<CacheReport>("100 missing keys, 4 processes")
            .Side(CacheSides.Article, article.AskManyAsync)
            .Side(CacheSides.PgScale, ours.AskManyAsync)
            .RunAsync(once);
        yield return fleet.Row("the same 100 keys in 4 processes: keys loaded, worst round", "loads", report => report.Loads, Goal.AtMost(Keys), worst: true);
        yield return fleet.Row("the same 100 keys in 4 processes: loader calls", "calls", report => report.Operations, Goal.None);
    }

    private static Task<CacheReport> AskManyAsync(this CacheFleet fleet, Round round) =>
        fleet.AskAsync(new(CacheVerb.Many, string.Create(CultureInfo.InvariantCulture, $"many:{round.Number}")) { Count = Keys, Load = Load });

    private static async Task<ManyKeysSample> AskAsync(Round round, CacheKind kind, RedisServer redis)
    {
        await using var cache = await CacheSides.StartAsync(new() { Kind = kind, Redis = redis.ConnectionString }, round.CancellationToken);
        var loads = new CountedManyLoads(Load);
        var startedAt = TimeProvider.System.GetTimestamp();
        var before = await RedisReads.CountAsync(redis, kind, round.CancellationToken);
        await cache.GetManyAsync([.. Enumerable.Range(0, Keys).Select(number => $"page:{round.Number}:{number}")], loads.LoadAsync);
        var milliseconds = TimeProvider.System.GetElapsedTime(startedAt).TotalMilliseconds;
        return new(await RedisReads.CountAsync(redis, kind, round.CancellationToken) - before, loads.Calls, milliseconds);
    }
}
