using System.Diagnostics;
using PgScale.Caching;
using PgScale.Cluster;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Caching;

/// <summary>What callers notice when Redis fails: nothing but loads.</summary>
public sealed class RedisFaultTests
{
    [SetUp]
    public Task NeedsAsync() => Needs.ServersAsync(TestServerKinds.Redis);

    [Test]
    public async Task Frozen_Redis_holds_nobody_up_for_longer_than_its_deadline()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var cached = await Cached.StartAsync(redis);
        await redis.FreezeAsync();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(index => cached.GetAsync($"k{index}", "v").AsTask()));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(1)), "one deadline for all");
        Assert.That(cached.IsUsable, Is.False);
        watch.Restart();
        await cached.GetAsync("next", "v");
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromMilliseconds(50)), "the circuit is open");
        await redis.ThawAsync();
        await cached.UntilUsableAsync();
    }

    [Test]
    public async Task Killed_Redis_is_noticed_and_used_again_when_it_is_back()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await Cached.StartAsync(redis);
        await using var b = await Cached.StartAsync(redis);
        await redis.KillAsync();
        await a.UntilAwayAsync();
        await b.UntilAwayAsync();
        Assert.That(await a.GetAsync("k", "a"), Is.EqualTo("a"));
        await redis.StartAsync();
        await a.UntilUsableAsync();
        await b.UntilUsableAsync();
        Assert.That(await a.GetAsync("shared", "a"), Is.EqualTo("a"));
        Assert.That(await b.GetAsync("shared", "b"), Is.EqualTo("a"));
    }

    [Test]
    public async Task Removal_during_an_outage_is_made_up_for_before_Redis_is_believed()
    {
        await using var redis = await RedisServer.StartAsync(new RedisServerOptions { Persistent = true });
        await using var a = await Cached.StartAsync(redis);
        await using var b = await Cached.StartAsync(redis);
        await a.GetAsync("k", "old");
        await redis.FreezeAsync();
        Assert.That(await a.Cache.RemoveAsync("k", ConsistencyToken.None), Is.EqualTo(RemovalReach.ThisProcess));
        Assert.That(await a.GetAsync("k", "new"), Is.EqualTo("new"));
        await b.GetAsync("other", "b notices too");
        await redis.ThawAsync();
        await b.UntilUsableAsync();
        Assert.That(await b.GetAsync("k", "new"), Is.EqualTo("new"));
        await a.UntilUsableAsync();
        Assert.That(await a.GetAsync("k", "new"), Is.EqualTo("new"));
    }

    [Test]
    public async Task Full_Redis_is_an_outage()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var cached = await Cached.StartAsync(redis);
        await redis.SetConfigAsync("maxmemory-policy", "noeviction");
        await redis.SetConfigAsync("maxmemory", "1");
        Assert.That(await cached.GetAsync("k", "v"), Is.EqualTo("v"));
        await cached.UntilAwayAsync();
        await redis.SetConfigAsync("maxmemory", "0");
        await cached.UntilUsableAsync();
    }

    [Test]
    public async Task Read_only_Redis_is_an_outage()
    {
        await using var primary = await RedisServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var cached = await Cached.StartAsync(redis);
        await redis.ReplicaOfAsync(primary);
        Assert.That(await cached.GetAsync("k", "v"), Is.EqualTo("v"));
        await cached.UntilAwayAsync();
        await redis.ReplicaOfAsync(null);
        await cached.UntilUsableAsync();
    }

    [Test]
    public async Task Flushed_Redis_lets_no_more_loads_through_than_configured()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var cached = await Cached.StartAsync(redis, options => options.MaxConcurrentLoads = 4);
        var (running, most) = (0, 0);
        async ValueTask<string> LoadAsync(CancellationToken token)
        {
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, token);
            Interlocked.Decrement(ref running);
            return "v";
        }

        for (var round = 0; round < 2; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 200).Select(index => cached.Cache.GetOrCreateAsync($"k{index}", LoadAsync).AsTask()));
            await redis.FlushAsync();
        }

        Assert.That(most, Is.EqualTo(4));
    }

    [Test]
    public async Task Flush_is_noticed_and_memory_is_not_trusted_over_it()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var cached = await Cached.StartAsync(redis);
        await cached.GetAsync("k", "old");
        await redis.FlushAsync();
        await Cached.UntilAsync(() => !cached.Cache.Core.Local.TryGetFresh<string>("k", out _), () => "The flush went unnoticed.");
        Assert.That(await cached.GetAsync("k", "new"), Is.EqualTo("new"));
    }

    [Test]
    public async Task Application_starts_without_Redis_and_finds_it_later()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.StopAsync();
        var starting = Cached.StartAsync(redis);
        await redis.StartAsync();
        await using var cached = await starting;
        Assert.That(await cached.GetAsync("k", "v"), Is.EqualTo("v"));
    }

    [Test]
    public async Task Slow_Redis_is_given_up_and_taken_back()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = await redis.AddFaultProxyAsync();
        await using var cached = await Cached.StartAsync(proxy.ConnectionString);
        proxy.Latency = TimeSpan.FromMilliseconds(300);
        Assert.That(await cached.GetAsync("k", "v"), Is.EqualTo("v"));
        await cached.UntilAwayAsync();
        proxy.Heal();
        await cached.UntilUsableAsync();
    }

    [Test]
    public async Task Cache_that_hears_nothing_any_longer_holds_a_removal_up_for_a_lease_at_most()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = await redis.AddFaultProxyAsync();
        await using var a = await Cached.StartAsync(redis);
        await using var b = await Cached.StartAsync(proxy.ConnectionString, options => options.LocalExpirationWithoutRedis = TimeSpan.Zero);
        await b.GetAsync("k", "old");
        proxy.BlackHole();
        var watch = Stopwatch.StartNew();
        Assert.That(await a.Cache.RemoveAsync("k", ConsistencyToken.None), Is.EqualTo(RemovalReach.Everywhere));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(2)));
        Assert.That(await b.GetAsync("k", "new"), Is.EqualTo("new"), "its lease has run out");
        proxy.Heal();
        await b.UntilUsableAsync();
        Assert.That(await b.GetAsync("k", "new"), Is.EqualTo("new"));
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen;)
        {
            var before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
