using System.Globalization;
using Microsoft.Extensions.Caching.Hybrid;
using PgScale.Caching;
using PgScale.Cluster;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Caching;

/// <summary>A process that did not hear of a removal, because it was cut off or not there yet, serves nothing from before it.</summary>
public sealed class MissedMessagesTests
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
    public async Task Removal_by_a_process_that_has_just_come_waits_for_one_that_is_cut_off()
    {
        await using var proxy = await _redis.AddFaultProxyAsync();
        await using var cut = await Cached.StartAsync(proxy.ConnectionString, Strict);
        await cut.GetAsync("k", "old");
        proxy.BlackHole();
        await using var late = await Cached.StartAsync(_redis);
        Assert.That(await late.Cache.RemoveAsync("k", ConsistencyToken.None), Is.EqualTo(RemovalReach.Everywhere));
        Assert.That(await cut.GetAsync("k", "new"), Is.EqualTo("new"));
    }

    [Test]
    public async Task Removal_after_the_notes_of_who_is_there_were_evicted_waits_for_one_that_is_cut_off()
    {
        await using var proxy = await _redis.AddFaultProxyAsync();
        await using var cut = await Cached.StartAsync(proxy.ConnectionString, Strict);
        await cut.GetAsync("k", "old");
        proxy.BlackHole();
        await _redis.ExecuteAsync(["DEL", "{pgscale:e}m"]);
        await using var late = await Cached.StartAsync(_redis);
        Assert.That(await late.Cache.RemoveAsync("k", ConsistencyToken.None), Is.EqualTo(RemovalReach.Everywhere));
        Assert.That(await cut.GetAsync("k", "new"), Is.EqualTo("new"));
    }

    [Test]
    public async Task Load_that_began_before_its_process_was_cut_off_is_joined_by_nobody_afterwards()
    {
        await using var proxy = await _redis.AddFaultProxyAsync();
        await using var cut = await Cached.StartAsync(proxy.ConnectionString, Strict);
        await using var other = await Cached.StartAsync(_redis);
        var (begun, gate) = (new TaskCompletionSource(), new TaskCompletionSource<string>());
        var early = cut.Cache.GetOrCreateAsync("k", async _ =>
        {
            begun.SetResult();
            return await gate.Task;
        }).AsTask();
        await begun.Task;
        proxy.BlackHole();
        Assert.That(await other.Cache.RemoveAsync("k", ConsistencyToken.None), Is.EqualTo(RemovalReach.Everywhere));
        await cut.UntilAwayAsync();
        proxy.Heal();
        await cut.UntilUsableAsync();
        Assert.That(await cut.GetAsync("k", "new").AsTask().WaitAsync(TimeSpan.FromSeconds(5)), Is.EqualTo("new"));
        gate.SetResult("old");
        Assert.That(await early, Is.EqualTo("old"));
        Assert.That(await cut.GetAsync("k", "x"), Is.EqualTo("new"));
    }

    [Test]
    public async Task Tag_is_asked_for_again_while_the_lease_has_run_out()
    {
        await using var cached = await Cached.StartAsync(_redis);
        await cached.GetAsync("k", "old", null, "t");
        await RemoveUnheardAsync("t");
        RunOut(cached);
        Assert.That(await cached.GetAsync("k", "new", null, "t"), Is.EqualTo("new"));
    }

    [Test]
    public async Task Removal_of_everything_is_asked_for_again_while_the_lease_has_run_out()
    {
        await using var cached = await Cached.StartAsync(_redis);
        await cached.GetAsync("k", "old");
        await RemoveUnheardAsync("*");
        RunOut(cached);
        Assert.That(await cached.GetAsync("k", "new"), Is.EqualTo("new"));
    }

    [Test]
    public async Task Tag_that_Redis_evicted_makes_its_values_misses()
    {
        await using var before = await Cached.StartAsync(_redis);
        await before.GetAsync("k", "old", null, "t");
        await before.Cache.RemoveByTagAsync("t");
        await _redis.ExecuteAsync(["DEL", "{pgscale:t:t}"]);
        await using var late = await Cached.StartAsync(_redis);
        Assert.That(await late.GetAsync("k", "new", null, "t"), Is.EqualTo("new"));
        Assert.That(await before.GetAsync("k", "x", null, "t"), Is.EqualTo("new"), "it was told of the tag's new version");
    }

    [Test]
    public async Task Value_loaded_while_Redis_was_briefly_away_is_looked_up_again_when_it_is_back()
    {
        await using var redis = await RedisServer.StartAsync();
        await using (var before = await Cached.StartAsync(redis))
        {
            await before.Cache.RemoveAsync("k", Token);
        }

        await using var cached = await Cached.StartAsync(redis);
        await redis.SetConfigAsync("maxmemory-policy", "noeviction");
        await redis.SetConfigAsync("maxmemory", "1");
        Assert.That(await cached.GetAsync("k", "from a replica that is behind"), Is.EqualTo("from a replica that is behind"));
        await cached.UntilAwayAsync();
        await redis.SetConfigAsync("maxmemory", "0");
        await cached.UntilUsableAsync();
        Assert.That(await cached.Cache.GetOrCreateAsync("k", (context, _) => new ValueTask<string>(context.Token == Token ? "fresh" : "?")), Is.EqualTo("fresh"));
    }

    [Test]
    public async Task Value_for_this_process_alone_must_hold_removals_from_before_it_came()
    {
        await using var before = await Cached.StartAsync(_redis);
        await before.Cache.RemoveAsync("k", Token);
        await using var late = await Cached.StartAsync(_redis);
        var alone = new CacheEntryOptions { Flags = HybridCacheEntryFlags.DisableDistributedCache };
        Assert.That(await late.GetAsync("k", "not proven", alone), Is.EqualTo("not proven"));
        Assert.That(await late.Cache.GetOrCreateAsync("k", (context, _) => new ValueTask<string>(context.Token == Token ? "fresh" : "?"), alone), Is.EqualTo("fresh"));
        Assert.That(await late.GetAsync("k", "x", alone), Is.EqualTo("fresh"));
    }

    private static void Strict(CacheWithLockingOptions options) => options.LocalExpirationWithoutRedis = TimeSpan.Zero;

    private static void RunOut(Cached cached) => cached.Cache.Core.Local.Lease.Revoke(cached.Cache.Core.Clock.Now);

    // As another process does it, but the message is lost.
    private Task RemoveUnheardAsync(string tag) =>
        _redis.ExecuteAsync(["SET", $"{{pgscale:t:{tag}}}", (TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000).ToString(CultureInfo.InvariantCulture)]);
}
