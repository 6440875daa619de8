using PgScale.Benchmarks.Caching.Sides;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Caching;

/// <summary>The database fails: fifty callers of one process wait for a load that throws.</summary>
internal static class FailingLoadScenario
{
    private const int Callers = 50;

    private static readonly TimeSpan Load = TimeSpan.FromMilliseconds(100);

    public static async IAsyncEnumerable<BenchmarkRow> MeasureAsync(BenchmarkRun run)
    {
        await using var redis = await RedisServer.StartAsync(cancellationToken: run.CancellationToken);
        var outcome = await new SharedFault<FailingLoadSample>("a load that throws", CacheSides.Article, CacheSides.PgScale)
            .RunAsync(run with { Rounds = run.Quick ? 2 : 4 }, async _ =>
            {
                await redis.FlushAsync(run.CancellationToken);
                var sides = await Task.WhenAll(FailAsync(CacheKind.Article, redis, run.CancellationToken), FailAsync(CacheKind.PgScale, redis, run.CancellationToken));
                return (sides[0], sides[1]);
            });
        yield return outcome.Row("load throws, 50 callers: loads, worst round", "loads", sample => sample.Loads, Goal.AtMost(1), worst: true);
        yield return outcome.Row("load throws: last caller", "ms", sample => sample.LastMilliseconds, Goal.AtMost(110));
    }

    private static async Task<FailingLoadSample> FailAsync(CacheKind kind, RedisServer redis, CancellationToken cancellationToken)
    {
        await using var cache = await CacheSides.StartAsync(new() { Kind = kind, Redis = redis.ConnectionString }, cancellationToken);
        var loads = new CountedLoads(Load);
        var waits = await CallersAtOnce.RunAsync(Callers, () => cache.GetAsync("broken", loads.FailAsync));
        return new(loads.Count, waits.Max.TotalMilliseconds);
    }
}
