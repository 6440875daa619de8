using PgScale.Benchmarks.Caching.Sides;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;
using PgScale.Testing;

namespace PgScale.Benchmarks.Caching;

/// <summary>Redis loses everything under load, as it does when it restarts without its data.</summary>
internal static class FlushScenario
{
    private const int Callers = 200;
    private const int Keys = 500;
    private const int MaxConcurrentLoads = 16;

    private static readonly TimeSpan Load = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ThinkTime = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(1.5);

    public static async IAsyncEnumerable<BenchmarkRow> MeasureAsync(BenchmarkRun run)
    {
        var outcome = await new SharedFault<FlushSample>("Redis is flushed", CacheSides.Article, CacheSides.PgScale)
            .RunAsync(run with { Rounds = run.Quick ? 1 : 3 }, async _ => (await FlushAsync(CacheKind.Article, run), await FlushAsync(CacheKind.PgScale, run)));
        yield return outcome.Row(
            "Redis flushed under load: loads at the same time, limit 16", "loads", sample => sample.Most, Goal.AtMost(MaxConcurrentLoads), worst: true);
        yield return outcome.Row("Redis flushed under load: loads of 500 keys", "loads", sample => sample.Loads, Goal.AtMost(Keys), worst: true);
        yield return outcome.Row("Redis flushed under load: errors", "reads", sample => sample.Errors, Goal.AtMost(0), worst: true);
    }

    private static async Task<FlushSample> FlushAsync(CacheKind kind, BenchmarkRun run)
    {
        await using var redis = await RedisServer.StartAsync(cancellationToken: run.CancellationToken);
        await using var cache = await CacheSides.StartAsync(
            new() { Kind = kind, Redis = redis.ConnectionString, MaxConcurrentLoads = MaxConcurrentLoads }, run.CancellationToken);
        var loads = new CountedLoads(Load);
        await Task.WhenAll(Enumerable.Range(0, Keys).Select(key => cache.GetAsync($"page:{key}", loads.LoadAsync).AsTask()));
        var callers = new ThinkingClients(Callers, ThinkTime, async (_, _) => await cache.GetAsync($"page:{Random.Shared.Next(Keys)}", loads.LoadAsync));
        await Task.Delay(Calm, TimeProvider.System, run.CancellationToken);
        var before = loads.Count;
        loads.ResetMost();
        await redis.FlushAsync(run.CancellationToken);
        await Task.Delay(Calm, TimeProvider.System, run.CancellationToken);
        var reads = await callers.StopAsync();
        return new(loads.Most, loads.Count - before, reads.Count(read => read.Failed));
    }
}
