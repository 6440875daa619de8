using PgScale.Benchmarks.Caching.Fleet;
using PgScale.Benchmarks.Caching.Sides;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Caching;

/// <summary>A process is killed in the middle of a load, while thirty callers in three others wait for its value.</summary>
internal static class DeadOwnerScenario
{
    private const string Key = "orphan";
    private const int CallersInEach = 10;
    private const int Owner = 0;

    private static readonly TimeSpan Load = TimeSpan.FromMilliseconds(100);

    // The survivors have seen by then that somebody loads.
    private static readonly TimeSpan Lead = TimeSpan.FromMilliseconds(100);

    public static async IAsyncEnumerable<BenchmarkRow> MeasureAsync(BenchmarkRun run)
    {
        var outcome = await new SharedFault<CacheReport>("a process is killed while it loads", CacheSides.Article, CacheSides.PgScale)
            .RunAsync(run with { Rounds = run.Quick ? 1 : 3 }, async _ =>
            {
                await using var redis = await RedisServer.StartAsync(cancellationToken: run.CancellationToken);
                var sides = await Task.WhenAll(KillAsync(CacheKind.Article, redis, run.CancellationToken), KillAsync(CacheKind.PgScale, redis, run.CancellationToken));
                return (sides[0], sides[1]);
            });
        yield return outcome.Row("lock owner killed -9, 30 survivors: loads, worst round", "loads", report => report.Loads, Goal.AtMost(1), worst: true);
        yield return outcome.Row("lock owner killed -9: longest wait, worst round", "ms", report => report.Milliseconds(100), Goal.AtMost(2_500), worst: true);
    }

    private static async Task<CacheReport> KillAsync(CacheKind kind, RedisServer redis, CancellationToken cancellationToken)
    {
        await using var fleet = await CacheFleet.StartAsync(new() { Kind = kind, Redis = redis.ConnectionString });
        await fleet[Owner].AskAsync(new(CacheVerb.Hold, Key));
        var survivors = fleet.AskAsync(new(CacheVerb.Stampede, Key) { Count = CallersInEach, Load = Load }, (Owner + 1)..CacheFleet.Size);
        await Task.Delay(Lead, TimeProvider.System, cancellationToken);
        await fleet[Owner].KillAsync();
        return await survivors;
    }
}
