using PgScale.Benchmarks.Caching.Fleet;
using PgScale.Benchmarks.Caching.Races;
using PgScale.Benchmarks.Caching.Sides;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Caching;

/// <summary>Four processes change rows, remove their keys and read them, while loads that read the old row are under way.</summary>
internal static class StaleReadScenario
{
    private const int WorkersInEach = 8;

    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(200);

    public static async IAsyncEnumerable<BenchmarkRow> MeasureAsync(BenchmarkRun run)
    {
        await using var redis = await RedisServer.StartAsync(cancellationToken: run.CancellationToken);
        await using var numbers = await RedisServer.StartAsync(cancellationToken: run.CancellationToken);
        var setup = new CacheSetup { Redis = redis.ConnectionString, Rows = numbers.ConnectionString, LocalExpirationWithoutRedis = TimeSpan.Zero };
        var writes = run.Quick ? 1_000 : 10_000;
        var plain = await RaceAsync(run, "writes and removals amid loads", setup, writes, TimeSpan.FromSeconds(60));
        yield return plain.Row("value changed and removed amid loads, 4 processes: stale reads", "reads", report => report.Stale, Goal.AtMost(0));
        yield return plain.Row("interleavings of that", "writes", report => report.Writes, Goal.AtLeast(writes));
        yield return plain.Row("removals among them that did not reach every process", "removals", report => report.Unconfirmed, Goal.AtMost(0));

        await using var cluster = await PostgresCluster.StartAsync(new() { Replicas = 1 }, run.CancellationToken);
        await cluster.Primary.ExecuteAsync(VersionedRows.CreateSql, run.CancellationToken);
        await cluster.WaitForReplicasAsync(run.CancellationToken);
        await cluster.Replicas[0].SetReplayDelayAsync(Delay, run.CancellationToken);
        setup = setup with { Nodes = cluster.Servers.ToDictionary(server => server.Name, server => server.ConnectionString, StringComparer.Ordinal) };
        var late = await RaceAsync(run, "the same, loads from a late replica", setup, int.MaxValue, TimeSpan.FromSeconds(run.Quick ? 4 : 10));
        yield return late.Row("the same, refilled from a replica 200 ms behind: stale reads", "reads", report => report.Stale, Goal.AtMost(0));
        yield return late.Row("interleavings of that, with a database", "writes", report => report.Writes, Goal.None);
        yield return late.Row("reads amid them", "1/s", report => report.Operations / report.Elapsed.TotalSeconds, Goal.None);
    }

    // One round each, without a warm-up: these are counts.
    private static Task<ScenarioOutcome<CacheReport>> RaceAsync(BenchmarkRun run, string name, CacheSetup setup, int writes, TimeSpan limit) =>
        new SharedFault<CacheReport>(name, CacheSides.Article, CacheSides.PgScale).RunAsync(run with { Rounds = 1 }, async _ => (
            await RaceAsync(setup with { Kind = CacheKind.Article }, name, writes, limit),
            await RaceAsync(setup with { Kind = CacheKind.PgScale }, name, writes, limit)));

    private static async Task<CacheReport> RaceAsync(CacheSetup setup, string name, int writes, TimeSpan limit)
    {
        await using var fleet = await CacheFleet.StartAsync(setup);
        return await fleet.AskAsync(new(CacheVerb.Race, $"{setup.Kind}:{name}") { Count = WorkersInEach, Writes = writes / CacheFleet.Size, Time = limit });
    }
}
