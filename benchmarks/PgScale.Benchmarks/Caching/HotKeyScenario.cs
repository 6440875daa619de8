using System.Globalization;
using PgScale.Benchmarks.Caching.Fleet;
using PgScale.Benchmarks.Caching.Sides;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Caching;

/// <summary>Everybody asks four processes for one key that expires each second.</summary>
internal static class HotKeyScenario
{
    private const int PerSecondInEach = 500;

    private static readonly TimeSpan Expiration = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Load = TimeSpan.FromMilliseconds(100);

    public static async IAsyncEnumerable<BenchmarkRow> MeasureAsync(BenchmarkRun run)
    {
        await using var redis = await RedisServer.StartAsync(cancellationToken: run.CancellationToken);
        await using var article = await CacheFleet.StartAsync(new() { Kind = CacheKind.Article, Redis = redis.ConnectionString, Expiration = Expiration });
        await using var ours = await CacheFleet.StartAsync(
            new() { Kind = CacheKind.PgScale, Redis = redis.ConnectionString, Expiration = Expiration, EarlyRefresh = 1 });
        var outcome = await new Scenario<CacheReport>("hot key in 4 processes")
            .Side(CacheSides.Article, article.HotAsync)
            .Side(CacheSides.PgScale, ours.HotAsync)
            .RunAsync(run with { Rounds = run.Quick ? 1 : 2, RoundTime = TimeSpan.FromSeconds(run.Quick ? 5 : 10) });
        yield return outcome.Row("hot key, 4 processes, expires in 1 s: p99.9", "ms", report => report.Milliseconds(99.9), Goal.AtMost(1));
        yield return outcome.Row("hot key: loads per expiry", "loads", report => report.LoadsPerSecond() * Expiration.TotalSeconds, Goal.AtMost(1.15));
    }

    private static Task<CacheReport> HotAsync(this CacheFleet fleet, Round round) => fleet.AskAsync(
        new(CacheVerb.Traffic, string.Create(CultureInfo.InvariantCulture, $"hot:{round.Number}")) { Load = Load, PerSecond = PerSecondInEach, Time = round.Duration });
}
