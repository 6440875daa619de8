using PgScale.Caching;
using PgScale.Cluster;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Caching;

/// <summary>Several caches on one Redis that is well.</summary>
public sealed class SharedCacheTests
{
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
    public async Task Value_that_one_process_loaded_is_another_ones_hit()
    {
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        Assert.That(await a.GetAsync("k", "loaded by a"), Is.EqualTo("loaded by a"));
        Assert.That(await b.GetAsync("k", "loaded by b"), Is.EqualTo("loaded by a"));
    }

    [Test]
    public async Task Cold_key_is_loaded_once_by_four_caches_and_everybody_is_told_at_once()
    {
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        await using var c = await Cached.StartAsync(_redis);
        await using var d = await Cached.StartAsync(_redis);
        for (var round = 0; round < 10; round++)
        {
            var loads = 0;
            var callers = new[] { a, b, c, d }.SelectMany(each => Enumerable.Range(0, 50).Select(_ => each.Cache.GetOrCreateAsync($"cold{round}", async token =>
            {
                Interlocked.Increment(ref loads);
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, token);
                return "v";
            }).AsTask())).ToList();
            Assert.That(await Task.WhenAll(callers), Is.All.EqualTo("v"));
            Assert.That(loads, Is.EqualTo(1), $"round {round}");
        }
    }

    [Test]
    public async Task Removal_reaches_every_cache_before_it_returns()
    {
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        for (var round = 0; round < 200; round++)
        {
            var expected = $"v{round}";
            Assert.That(await b.GetAsync("k", expected), Is.EqualTo(expected));
            await a.GetAsync("k", "x");
            Assert.That(await a.Cache.RemoveAsync("k", ConsistencyToken.None), Is.EqualTo(RemovalReach.Everywhere));
        }
    }

    [Test]
    public async Task Removal_of_a_tag_reaches_every_cache_before_it_returns()
    {
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        for (var round = 0; round < 50; round++)
        {
            var expected = $"v{round}";
            Assert.That(await b.GetAsync("k", expected, null, "t"), Is.EqualTo(expected));
            Assert.That(await a.GetAsync("k", "x", null, "t"), Is.EqualTo(expected));
            Assert.That(await a.Cache.RemoveByTagAsync("t", ConsistencyToken.None), Is.EqualTo(RemovalReach.Everywhere));
        }
    }

    [Test]
    public async Task Load_in_another_cache_that_a_removal_overtook_is_not_stored()
    {
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        var gate = new TaskCompletionSource<string>();
        var begun = new TaskCompletionSource();
        var early = b.Cache.GetOrCreateAsync("k", async _ =>
        {
            begun.SetResult();
            return await gate.Task;
        }).AsTask();
        await begun.Task;
        await a.Cache.RemoveAsync("k");
        gate.SetResult("old");
        Assert.That(await early, Is.EqualTo("old"));
        Assert.That(await b.GetAsync("k", "new"), Is.EqualTo("new"));
        Assert.That(await a.GetAsync("k", "x"), Is.EqualTo("new"));
    }

    [Test]
    public async Task Load_after_a_removal_with_a_token_is_stored_only_with_proof()
    {
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        var token = new ConsistencyToken(7, 1, new(2_000), DateTimeOffset.UnixEpoch);
        await a.Cache.RemoveAsync("k", token);
        Assert.That(await b.GetAsync("k", "unproven"), Is.EqualTo("unproven"));
        Assert.That(await b.GetAsync("k", "unproven again"), Is.EqualTo("unproven again"));
        var told = await b.Cache.GetOrCreateAsync("k", (context, _) => new ValueTask<string>(context.Token == token ? "proven" : "not told"));
        Assert.That(told, Is.EqualTo("proven"));
        Assert.That(await a.GetAsync("k", "x"), Is.EqualTo("proven"));
    }

    [Test]
    public async Task Removals_token_is_known_to_a_cache_that_was_not_there()
    {
        await using var a = await Cached.StartAsync(_redis);
        var token = new ConsistencyToken(7, 1, new(2_000), DateTimeOffset.UnixEpoch);
        await a.Cache.RemoveAsync("k", token);
        await using var late = await Cached.StartAsync(_redis);
        var told = await late.Cache.GetOrCreateAsync("k", (context, _) => new ValueTask<bool>(context.Token == token));
        Assert.That(told, Is.True);
    }

    [Test]
    public async Task Loader_that_throws_tells_the_others_at_once()
    {
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        var begun = new TaskCompletionSource();
        var gate = new TaskCompletionSource<string>();
        var failing = a.Cache.GetOrCreateAsync("k", async _ =>
        {
            begun.SetResult();
            return await gate.Task;
        }).AsTask();
        await begun.Task;
        var waiting = b.GetAsync("k", "b's own").AsTask();
        gate.SetException(new InvalidOperationException("no"));
        Assert.That(async () => await failing, Throws.InvalidOperationException);
        Assert.That(await waiting.WaitAsync(TimeSpan.FromMilliseconds(400)), Is.EqualTo("b's own"), "without waiting for a poll");
    }

    [Test]
    public async Task Expired_value_that_Redis_still_has_is_served_while_loading_fails()
    {
        var options = new CacheEntryOptions { Expiration = TimeSpan.FromMilliseconds(50), StaleOnFailure = TimeSpan.FromMinutes(1) };
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        await a.GetAsync("k", "old", options);
        await Cached.UntilAsync(() => !a.Cache.Core.Local.TryGetFresh<string>("k", out _), () => "It did not expire.");
        Assert.That(await b.Cache.GetOrCreateAsync<string>("k", _ => throw new InvalidOperationException(), options), Is.EqualTo("old"));
        await a.Cache.RemoveAsync("k");
        Assert.That(async () => await b.Cache.GetOrCreateAsync<string>("k", _ => throw new InvalidOperationException(), options), Throws.InvalidOperationException);
    }

    [Test]
    public async Task Set_value_replaces_what_every_cache_has()
    {
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        await a.GetAsync("k", "old");
        await b.GetAsync("k", "old");
        await a.Cache.SetAsync("k", "set");
        Assert.That(await b.GetAsync("k", "x"), Is.EqualTo("set"));
        Assert.That(await a.GetAsync("k", "x"), Is.EqualTo("set"));
    }

    [Test]
    public async Task Value_that_is_damaged_or_of_another_type_is_a_miss()
    {
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        await a.GetAsync("k", "text");
        Assert.That(await b.Cache.GetOrCreateAsync("k", _ => new ValueTask<int>(5)), Is.EqualTo(5), "another type");
        await _redis.ExecuteAsync(["SET", "{pgscale:k:rubbish}v", "rubbish"]);
        Assert.That(await a.GetAsync("rubbish", "v"), Is.EqualTo("v"));
        Assert.That(await b.GetAsync("rubbish", "x"), Is.EqualTo("v"), "it was replaced");
    }

    [Test]
    public async Task Value_too_large_for_Redis_stays_with_who_loaded_it()
    {
        await using var a = await Cached.StartAsync(_redis, options => options.MaxPayloadBytes = 1_000);
        await using var b = await Cached.StartAsync(_redis);
        await a.GetAsync("k", new string('a', 2_000));
        Assert.That((await a.GetAsync("k", "x"))[0], Is.EqualTo('a'));
        Assert.That(await b.GetAsync("k", "b"), Is.EqualTo("b"));
    }

    [Test]
    public async Task Large_value_is_compressed_and_read_back()
    {
        await using var a = await Cached.StartAsync(_redis, options => options.CompressionThreshold = 100);
        await using var b = await Cached.StartAsync(_redis);
        var value = new string('a', 100_000);
        await a.GetAsync("k", value);
        Assert.That(await b.GetAsync("k", "x"), Is.EqualTo(value));
        Assert.That(long.Parse((await _redis.ExecuteAsync(["STRLEN", "{pgscale:k:k}v"]))!), Is.LessThan(1_000));
    }

    [Test]
    public async Task Null_is_shared_too()
    {
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        await a.Cache.GetOrCreateAsync("k", _ => new ValueTask<string?>((string?)null));
        Assert.That(await b.Cache.GetOrCreateAsync("k", _ => new ValueTask<string?>("x")), Is.Null);
    }

    [Test]
    public async Task Namespaces_do_not_meet()
    {
        await using var a = await Cached.StartAsync(_redis, options => options.Namespace = "a");
        await using var b = await Cached.StartAsync(_redis, options => options.Namespace = "b");
        await a.GetAsync("k", "a");
        Assert.That(await b.GetAsync("k", "b"), Is.EqualTo("b"));
    }
}
