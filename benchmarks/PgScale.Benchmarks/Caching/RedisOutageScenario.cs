using System.Diagnostics;
using PgScale.Benchmarks.Caching.Sides;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;
using PgScale.Testing;

namespace PgScale.Benchmarks.Caching;

/// <summary>Redis is killed, or hangs, under a thousand callers of ten keys that expire each second.</summary>
internal static class RedisOutageScenario
{
    private const int Callers = 1_000;
    private const int Keys = 10;

    private static readonly TimeSpan Expiration = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Load = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ThinkTime = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(0.5);

    // As long as keys live and load, twice: what is up is compared with whole turns.
    private static readonly TimeSpan Up = 2 * (Expiration + Load);

    public static async IAsyncEnumerable<BenchmarkRow> MeasureAsync(BenchmarkRun run)
    {
        foreach (var (fault, makeAsync) in new (string, Func<RedisServer, Task>)[] { ("killed", redis => redis.KillAsync()), ("hung", redis => redis.FreezeAsync()) })
        {
            var outcome = await new Scenario<RedisOutageSample>($"Redis {fault}")
                .Side(CacheSides.Article, round => MeasureAsync(round, CacheKind.Article, makeAsync))
                .Side(CacheSides.PgScale, round => MeasureAsync(round, CacheKind.PgScale, makeAsync))
                .RunAsync(run with { Rounds = run.Quick ? 1 : 2, RoundTime = TimeSpan.FromSeconds(run.Quick ? 4.4 : 6.6) });
            var what = $"Redis {fault} under 1,000 callers";
            yield return outcome.Row($"{what}: p99", "ms", sample => sample.P99, Goal.AtMost(110));
            yield return outcome.Row($"{what}: longest wait", "ms", sample => sample.Longest, Goal.None);
            yield return outcome.Row($"{what}: throughput against before", "%", sample => sample.ThroughputPercent, Goal.AtLeast(95));
            yield return outcome.Row($"{what}: errors", "reads", sample => sample.Errors, Goal.AtMost(0), worst: true);
            yield return outcome.Row($"{what}: loads per key and expiry", "loads", sample => sample.LoadsPerExpiry, Goal.AtMost(1));
            yield return outcome.Row($"{what}: loads per key and expiry, so that values stay fresh", "loads", sample => sample.LoadsPerExpiry, Goal.AtLeast(0.8));
        }
    }

    private static async Task<RedisOutageSample> MeasureAsync(Round round, CacheKind kind, Func<RedisServer, Task> makeAsync)
    {
        await using var redis = await RedisServer.StartAsync(cancellationToken: round.CancellationToken);
        await using var cache = await CacheSides.StartAsync(
            new() { Kind = kind, Redis = redis.ConnectionString, Expiration = Expiration }, round.CancellationToken);
        var loads = new CountedLoads(Load);
        var callers = new ThinkingClients(Callers, ThinkTime, async (_, _) => await cache.GetAsync($"hot:{Random.Shared.Next(Keys)}", loads.LoadAsync));
        await Task.Delay(Start, TimeProvider.System, round.CancellationToken);
        var up = Stopwatch.GetTimestamp();
        await Task.Delay(round.IsWarmUp ? Start : Up, TimeProvider.System, round.CancellationToken);
        var fault = Stopwatch.GetTimestamp();
        await makeAsync(redis);
        await Task.Delay(round.IsWarmUp ? Start : round.Duration, TimeProvider.System, round.CancellationToken);
        var end = Stopwatch.GetTimestamp();
        await RestoreAsync(redis, round.CancellationToken);
        var reads = await callers.StopAsync();
        var expiries = Stopwatch.GetElapsedTime(fault, end) / Expiration;
        return RedisOutageSample.From(reads, up, fault, end) with { LoadsPerExpiry = loads.CountBetween(fault, end) / (Keys * expiries) };
    }

    // Callers who wait for Redis get their answer, so that their wait ends with the outage.
    private static Task RestoreAsync(RedisServer redis, CancellationToken cancellationToken) =>
        redis.IsFrozen ? redis.ThawAsync() : redis.StartAsync(cancellationToken);
}
