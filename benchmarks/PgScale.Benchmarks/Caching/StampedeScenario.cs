using System.Globalization;
using PgScale.Benchmarks.Caching.Fleet;
using PgScale.Benchmarks.Caching.Sides;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Caching;

/// <summary>A thousand callers in four processes ask for a key at once that nobody has.</summary>
internal static class StampedeScenario
{
    private const int CallersInEach = 250;

    private static readonly TimeSpan Load = TimeSpan.FromMilliseconds(100);

    public static async IAsyncEnumerable<BenchmarkRow> MeasureAsync(BenchmarkRun run)
    {
        await using var redis = await RedisServer.StartAsync(cancellationToken: run.CancellationToken);
        await using var article = await CacheFleet.StartAsync(new() { Kind = CacheKind.Article, Redis = redis.ConnectionString });
        await using var memory = await CacheFleet.StartAsync(new() { Kind = CacheKind.Memory });
        await using var ours = await CacheFleet.StartAsync(new() { Kind = CacheKind.PgScale, Redis = redis.ConnectionString });
        var outcome = await new Scenario<CacheReport>("cold key in 4 processes")
            .Side(CacheSides.Article, article.ColdAsync)
            .Side(CacheSides.Memory, memory.ColdAsync)
            .Side(CacheSides.PgScale, ours.ColdAsync)
            .RunAsync(run with { Rounds = run.Quick ? 10 : 100 });
        const string What = "cold key, 4 processes x 250 callers";
        yield return outcome.Row($"{What}: loads, worst round", "loads", report => report.Loads, Goal.AtMost(1), worst: true);
        yield return outcome.Row($"{What}: loads, worst round", "loads", report => report.Loads, Goal.AtMost(1), worst: true, beside: CacheSides.Memory);
        yield return outcome.Row($"{What}: p99", "ms", report => report.Milliseconds(99), Goal.AtMost(110));
        yield return outcome.Row($"{What}: p99, worst round", "ms", report => report.Milliseconds(99), Goal.None, worst: true);
    }

    private static Task<CacheReport> ColdAsync(this CacheFleet fleet, Round round) => fleet.AskAsync(
        new(CacheVerb.Stampede, string.Create(CultureInfo.InvariantCulture, $"cold:{round.Number}")) { Count = CallersInEach, Load = Load });
}
