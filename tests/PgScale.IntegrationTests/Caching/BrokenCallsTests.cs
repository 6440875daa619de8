using System.Diagnostics;
using PgScale.Caching;
using PgScale.Caching.Redis;
using PgScale.Cluster;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Caching;

/// <summary>What callers, factories and strangers get wrong must not leave a key locked, a value stale or memory behind.</summary>
public sealed class BrokenCallsTests
{
    private static readonly ConsistencyToken Token = new(7, 1, new(2_000), DateTimeOffset.UnixEpoch);

    private RedisServer _redis = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        await Needs.ServersAsync(TestServerKinds.Redis);
        _redis = await RedisServer.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    [SetUp]
    public Task EmptyAsync() => _redis.FlushAsync();

    [Test]
    public async Task Closing_twice_is_harmless_and_no_outage()
    {
        var cached = await Cached.StartAsync(_redis);
        await cached.GetAsync("k", "v");
        await cached.Cache.DisposeAsync();
        await cached.Cache.DisposeAsync();
        Assert.That(cached.Log.Count(3001), Is.Zero, "it says that it goes on without Redis");
        Assert.That(await cached.GetAsync("other", "v"), Is.EqualTo("v"));
        await cached.DisposeAsync();
    }

    [Test]
    public async Task Nothing_is_kept_of_keys_that_nobody_waits_for()
    {
        await using var cached = await Cached.StartAsync(_redis);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(number => cached.GetAsync($"k{number}", "v").AsTask()));
        Assert.That(cached.Cache.Core.Shared!.Signals.Count, Is.Zero);
    }

    [Test]
    public async Task Factory_that_gives_no_dictionary_leaves_no_lock_behind()
    {
        await using var cached = await Cached.StartAsync(_redis);
        Assert.That(
            async () => await cached.Cache.GetOrCreateManyAsync(["k"], (_, _, _) => new ValueTask<IReadOnlyDictionary<string, string>>((IReadOnlyDictionary<string, string>)null!)),
            Throws.Exception);
        Assert.That(await _redis.ExecuteAsync(["EXISTS", "{pgscale:k:k}l"]), Is.EqualTo("0"));
    }

    [Test]
    public async Task Callers_who_go_away_are_no_failed_load()
    {
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        using var cancellation = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        var leader = a.Cache.GetOrCreateManyAsync<string>(
            ["k"],
            async (_, _, token) =>
            {
                begun.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                return new Dictionary<string, string>(StringComparer.Ordinal);
            },
            cancellationToken: cancellation.Token).AsTask();
        await begun.Task;
        var told = b.Cache.Core.Shared!.Signals.Join("k").Next;
        var follower = b.GetAsync("k", "v").AsTask();
        await WaitersAsync("k");
        await cancellation.CancelAsync();
        Assert.That(async () => await leader, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await follower, Is.EqualTo("v"));
        Assert.That(await told, Is.EqualTo(KeySignal.Voided));
    }

    [Test]
    public async Task Value_with_any_of_its_times_damaged_is_replaced_at_once([Values(0, 7, 15, 16, 31)] int position)
    {
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        await a.GetAsync("k", "old");
        await _redis.ExecuteAsync(["SETRANGE", "{pgscale:k:k}v", $"{position}", "x"]);
        var watch = Stopwatch.StartNew();
        Assert.That(await b.GetAsync("k", "new"), Is.EqualTo("new"));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)));
        await using var c = await Cached.StartAsync(_redis);
        Assert.That(await c.GetAsync("k", "x"), Is.EqualTo("new"), "it was replaced");
    }

    [Test]
    public async Task Names_that_hold_another_type_heal()
    {
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        foreach (var name in new[] { "{pgscale:k:k}v", "{pgscale:k:k}r", "{pgscale:t:t}" })
        {
            await _redis.ExecuteAsync(["LPUSH", name, "x"]);
        }

        await _redis.ExecuteAsync(["SET", "{pgscale:k:k}w", "x"]);
        Assert.That(await a.GetAsync("k", "v", null, "t"), Is.EqualTo("v"));
        Assert.That(await b.GetAsync("k", "x", null, "t"), Is.EqualTo("v"));
        await _redis.ExecuteAsync(["DEL", "{pgscale:k:k}r", "{pgscale:t:t}"]);
        await _redis.ExecuteAsync(["LPUSH", "{pgscale:k:k}r", "x"]);
        await _redis.ExecuteAsync(["LPUSH", "{pgscale:t:t}", "x"]);
        Assert.That(await a.Cache.RemoveAsync("k", Token), Is.EqualTo(RemovalReach.Everywhere));
        Assert.That(await a.Cache.RemoveByTagAsync("t", Token), Is.EqualTo(RemovalReach.Everywhere));
    }

    [Test]
    public async Task Lock_that_a_stranger_left_without_an_end_runs_out()
    {
        await using var cached = await Cached.StartAsync(_redis, options => options.LockLease = TimeSpan.FromMilliseconds(500));
        await _redis.ExecuteAsync(["SET", "{pgscale:k:k}l", "stranger"]);
        var watch = Stopwatch.StartNew();
        Assert.That(await cached.GetAsync("k", "v"), Is.EqualTo("v"));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)));
    }

    [Test]
    public async Task Value_set_by_who_does_not_know_of_a_removal_is_not_shared()
    {
        await using var a = await Cached.StartAsync(_redis);
        await a.Cache.RemoveAsync("k", Token);
        await using var b = await Cached.StartAsync(_redis);
        await b.Cache.SetAsync("k", "perhaps from before");
        await using var c = await Cached.StartAsync(_redis);
        Assert.That(await c.GetAsync("k", "loaded"), Is.EqualTo("loaded"));
        await b.Cache.SetAsync("k", "from after", new() { MinimumToken = Token });
        Assert.That(await c.GetAsync("k", "x"), Is.EqualTo("from after"));
    }

    [Test]
    public async Task Flushed_Redis_is_told_the_tokens_of_removals_again()
    {
        await using var a = await Cached.StartAsync(_redis);
        await a.GetAsync("with tag", "v", null, "t");
        await a.Cache.RemoveAsync("k", Token);
        await a.Cache.RemoveByTagAsync("t", Token);
        await _redis.FlushAsync();
        await UntilThereAsync(_redis, "{pgscale:k:k}r");
        await UntilThereAsync(_redis, "{pgscale:t:t}");
        await using var late = await Cached.StartAsync(_redis);
        Assert.That(await late.Cache.GetOrCreateAsync("k", (context, _) => new ValueTask<bool>(context.Token == Token)), Is.True);
        Assert.That(await late.Cache.GetOrCreateAsync("other", (context, _) => new ValueTask<bool>(context.Token == Token), tags: ["t"]), Is.True);
    }

    [Test]
    public async Task Token_told_again_takes_away_what_was_stored_without_it()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await Cached.StartAsync(redis);
        await a.Cache.RemoveAsync("k", Token);
        await redis.KillAsync();
        await a.UntilAwayAsync();
        await redis.StartAsync();
        await using var b = await Cached.StartAsync(redis);
        await b.GetAsync("k", "from a replica that is behind");
        await UntilThereAsync(redis, "{pgscale:k:k}r");
        await Cached.UntilAsync(() => !b.Cache.Core.Local.TryGetFresh<string>("k", out _), () => "The other cache was not told.");
        Assert.That(await b.GetAsync("k", "again"), Is.EqualTo("again"));
    }

    [Test]
    public async Task No_removal_is_left_over_when_Redis_is_used_again()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var cached = await Cached.StartAsync(redis);
        var watch = Stopwatch.StartNew();
        for (var round = 0; round < 3; round++)
        {
            await redis.FreezeAsync();
            await cached.GetAsync($"notices{round}", "v");
            await cached.UntilAwayAsync();
            await redis.ThawAsync();
            for (var number = 0; !cached.IsUsable; number++)
            {
                Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(20)), "removals keep it away from Redis");
                await Task.Yield();
                await cached.Cache.RemoveAsync($"k{number % 1_000}", ConsistencyToken.None);
            }

            Assert.That(cached.Cache.Core.Shared!.PendingRemovals, Is.Zero, $"round {round}");
        }
    }

    private Task WaitersAsync(string key) => UntilThereAsync(_redis, $"{{pgscale:k:{key}}}w");

    private static async Task UntilThereAsync(RedisServer redis, string name)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (await redis.ExecuteAsync(["EXISTS", name]) != "1")
        {
            Assert.That(TimeProvider.System.GetElapsedTime(startedAt), Is.LessThan(TimeSpan.FromSeconds(10)), $"{name} is not there.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }
}
