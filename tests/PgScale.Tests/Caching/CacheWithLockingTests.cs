using System.ComponentModel;
using Microsoft.Extensions.Caching.Hybrid;
using PgScale.Caching;

namespace PgScale.Tests.Caching;

public sealed class CacheWithLockingTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Test]
    public async Task Value_is_loaded_once_and_then_served()
    {
        await using var paper = new PaperCache();
        Assert.That(await paper.GetAsync("k", "one"), Is.EqualTo("one"));
        Assert.That(await paper.GetAsync("k", "two"), Is.EqualTo("one"));
        Assert.That(paper.Loads, Is.EqualTo(1));
    }

    [Test]
    public async Task Value_is_loaded_again_when_it_has_expired()
    {
        await using var paper = new PaperCache(options => options.Expiration = Second);
        await paper.GetAsync("k", "one");
        paper.Clock.Advance(Second);
        Assert.That(await paper.GetAsync("k", "two"), Is.EqualTo("two"));
    }

    [Test]
    public async Task Callers_of_one_key_share_one_load()
    {
        await using var paper = new PaperCache();
        var gate = new TaskCompletionSource<string>();
        var loads = 0;
        var callers = Enumerable.Range(0, 100).Select(_ => paper.Cache.GetOrCreateAsync("k", async _ =>
        {
            loads++;
            return await gate.Task;
        }).AsTask()).ToList();
        gate.SetResult("v");
        Assert.That(await Task.WhenAll(callers), Is.All.EqualTo("v"));
        Assert.That(loads, Is.EqualTo(1));
    }

    [Test]
    public async Task Hit_is_answered_synchronously()
    {
        await using var paper = new PaperCache();
        await paper.GetAsync("k", "v");
        Assert.That(paper.Cache.GetOrCreateAsync("k", _ => new ValueTask<string>("other")).AsTask().IsCompletedSuccessfully);
        Assert.That(paper.Cache.GetOrCreateAsync("k".AsSpan(), _ => new ValueTask<string>("other")).AsTask().IsCompletedSuccessfully);
    }

    [Test]
    public async Task Hit_allocates_nothing()
    {
        await using var paper = new PaperCache();
        await paper.GetAsync("k", "v");
        Read(paper.Cache, 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Read(paper.Cache, 1_000);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        static void Read(CacheWithLocking cache, int times)
        {
            for (var time = 0; time < times; time++)
            {
#pragma warning disable VSTHRD002, CA2012 // a hit has completed
                _ = cache.GetOrCreateAsync("k", 1, static (_, _) => new ValueTask<string>("")).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002, CA2012
            }
        }
    }

    [Test]
    public async Task First_caller_that_gives_up_does_not_end_the_load_of_the_others()
    {
        await using var paper = new PaperCache();
        using var first = new CancellationTokenSource();
        var gate = new TaskCompletionSource<string>();
        var loads = 0;
        async ValueTask<string> LoadAsync(CancellationToken token)
        {
            loads++;
            return await gate.Task.WaitAsync(token);
        }

        var gone = paper.Cache.GetOrCreateAsync("k", LoadAsync, cancellationToken: first.Token).AsTask();
        var other = paper.Cache.GetOrCreateAsync("k", LoadAsync).AsTask();
        await first.CancelAsync();
        Assert.That(async () => await gone, Throws.InstanceOf<OperationCanceledException>());
        gate.SetResult("v");
        Assert.That(await other, Is.EqualTo("v"));
        Assert.That(loads, Is.EqualTo(1));
    }

    [Test]
    public async Task Load_ends_when_its_last_caller_has_gone_and_nobody_joins_it()
    {
        await using var paper = new PaperCache();
        using var caller = new CancellationTokenSource();
        var cancelled = new TaskCompletionSource();
        var gone = paper.Cache.GetOrCreateAsync("k", async token =>
        {
            await using var registration = token.Register(cancelled.SetResult);
            await new TaskCompletionSource().Task.WaitAsync(token);
            return "never";
        }, cancellationToken: caller.Token).AsTask();
        await caller.CancelAsync();
        Assert.That(async () => await gone, Throws.InstanceOf<OperationCanceledException>());
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.That(await paper.GetAsync("k", "fresh"), Is.EqualTo("fresh"));
    }

    [Test]
    public async Task Callers_share_the_exception_of_their_load()
    {
        await using var paper = new PaperCache();
        var gate = new TaskCompletionSource<string>();
        var loads = 0;
        var callers = Enumerable.Range(0, 50).Select(_ => paper.Cache.GetOrCreateAsync("k", async _ =>
        {
            loads++;
            return await gate.Task;
        }).AsTask()).ToList();
        gate.SetException(new InvalidOperationException("no"));
        foreach (var caller in callers)
        {
            Assert.That(async () => await caller, Throws.InvalidOperationException);
        }

        Assert.That(loads, Is.EqualTo(1));
    }

    [Test]
    public async Task Synchronous_throw_releases_the_key()
    {
        await using var paper = new PaperCache(options => options.FailureBackoff = TimeSpan.Zero);
        Assert.That(async () => await paper.Cache.GetOrCreateAsync<string>("k", _ => throw new InvalidOperationException()), Throws.InvalidOperationException);
        Assert.That(await paper.GetAsync("k", "v"), Is.EqualTo("v"));
    }

    [Test]
    public async Task Failed_load_is_not_tried_again_before_its_back_off()
    {
        await using var paper = new PaperCache(options => options.FailureBackoff = Second);
        Assert.That(async () => await paper.Cache.GetOrCreateAsync<string>("k", _ => throw new InvalidOperationException()), Throws.InvalidOperationException);
        Assert.That(async () => await paper.GetAsync("k", "v"), Throws.InvalidOperationException);
        paper.Clock.Advance(Second);
        Assert.That(await paper.GetAsync("k", "v"), Is.EqualTo("v"));
    }

    [Test]
    public async Task Hung_load_gives_its_key_free()
    {
        await using var paper = new PaperCache(options => (options.LoadTimeout, options.FailureBackoff) = (Second, TimeSpan.Zero));
        var hung = paper.Cache.GetOrCreateAsync("k", async _ => await new TaskCompletionSource<string>().Task).AsTask();
        paper.Clock.Advance(Second);
        Assert.That(async () => await hung, Throws.InstanceOf<CacheLoadException>().With.Property("Reason").EqualTo(CacheLoadFailure.TimedOut));
        Assert.That(await paper.GetAsync("k", "v"), Is.EqualTo("v"));
    }

    [Test]
    public async Task Expired_value_is_served_while_loading_fails()
    {
        await using var paper = new PaperCache(options => (options.Expiration, options.StaleOnFailure) = (Second, TimeSpan.FromMinutes(1)));
        await paper.GetAsync("k", "old");
        paper.Clock.Advance(Second);
        Assert.That(await paper.Cache.GetOrCreateAsync<string>("k", _ => throw new InvalidOperationException()), Is.EqualTo("old"));
        Assert.That(await paper.GetAsync("k", "new"), Is.EqualTo("old"), "within the back-off");
        paper.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That(async () => await paper.Cache.GetOrCreateAsync<string>("k", _ => throw new InvalidOperationException()), Throws.InvalidOperationException);
    }

    [Test]
    public async Task Expired_values_are_served_while_loading_many_fails()
    {
        await using var paper = new PaperCache(options => (options.Expiration, options.StaleOnFailure) = (Second, TimeSpan.FromMinutes(1)));
        await paper.GetAsync("a", "old a");
        await paper.GetAsync("b", "old b");
        paper.Clock.Advance(Second);
        for (var round = 0; round < 2; round++) // the second within the back-off
        {
            var found = await paper.Cache.GetOrCreateManyAsync<string>(["a", "b"], (_, _, _) => throw new InvalidOperationException());
            Assert.That(found.Values, Is.EquivalentTo(new[] { "old a", "old b" }), $"round {round}");
        }

        Assert.That(
            async () => await paper.Cache.GetOrCreateManyAsync<string>(["a", "new"], (_, _, _) => throw new InvalidOperationException()),
            Throws.InvalidOperationException, "a key that was never loaded has none");
    }

    [Test]
    public async Task Removed_value_is_not_served_while_loading_fails()
    {
        await using var paper = new PaperCache(options => options.StaleOnFailure = TimeSpan.FromMinutes(1));
        await paper.GetAsync("k", "old");
        await paper.Cache.RemoveAsync("k");
        Assert.That(async () => await paper.Cache.GetOrCreateAsync<string>("k", _ => throw new InvalidOperationException()), Throws.InvalidOperationException);
    }

    [Test]
    public async Task Null_is_kept_for_its_own_time()
    {
        await using var paper = new PaperCache(options => options.NullExpiration = Second);
        Assert.That(await paper.GetAsync("k", null), Is.Null);
        Assert.That(await paper.GetAsync("k", "v"), Is.Null);
        paper.Clock.Advance(Second);
        Assert.That(await paper.GetAsync("k", "v"), Is.EqualTo("v"));
    }

    [Test]
    public async Task Null_is_not_kept_when_its_time_is_zero()
    {
        await using var paper = new PaperCache(options => options.NullExpiration = TimeSpan.Zero);
        Assert.That(await paper.GetAsync("k", null), Is.Null);
        Assert.That(await paper.GetAsync("k", "v"), Is.EqualTo("v"));
    }

    [Test]
    public async Task Objects_that_can_be_changed_are_not_shared()
    {
        await using var paper = new PaperCache();
        var first = await paper.Cache.GetOrCreateAsync("k", _ => new ValueTask<List<int>>([1]));
        first.Add(2);
        var second = await paper.Cache.GetOrCreateAsync("k", _ => new ValueTask<List<int>>([3]));
        Assert.That(second, Is.EqualTo(new[] { 1 }));
        Assert.That(await paper.Cache.GetOrCreateAsync("k", _ => new ValueTask<List<int>>([3])), Is.Not.SameAs(second));
    }

    [Test]
    public async Task Objects_that_cannot_be_changed_are_shared()
    {
        await using var paper = new PaperCache(options => options.TreatAsImmutable<Plain>());
        Assert.That(await SameAsync<Marked>(paper, () => new()), Is.True);
        Assert.That(await SameAsync<Plain>(paper, () => new()), Is.True);
        Assert.That(await SameAsync<List<int>>(paper, () => [], new() { ShareInstance = true }), Is.True);
        Assert.That(await SameAsync<Other>(paper, () => new()), Is.False);
    }

    [Test]
    public async Task Reader_with_a_token_does_not_get_a_value_that_may_lack_the_write()
    {
        await using var paper = new PaperCache();
        await paper.GetAsync("k", "old");
        var token = Cluster.PaperCluster.Token(2_000);
        Assert.That(await paper.GetAsync("k", "still old?", new() { MinimumToken = Cluster.PaperCluster.Token(1_000) }), Is.EqualTo("old"));
        var promised = await paper.Cache.GetOrCreateAsync("k", (context, _) => new ValueTask<string>(context.Token == token ? "new" : "wrong"), new() { MinimumToken = token });
        Assert.That(promised, Is.EqualTo("new"));
        Assert.That(await paper.GetAsync("k", "other"), Is.EqualTo("new"), "and it was stored");
    }

    [Test]
    public async Task Loads_are_limited_in_number()
    {
        await using var paper = new PaperCache(options => (options.MaxConcurrentLoads, options.MaxQueuedLoads) = (2, 1));
        var gate = new TaskCompletionSource<string>();
        var running = 0;
        var loads = Enumerable.Range(0, 3).Select(index => paper.Cache.GetOrCreateAsync($"k{index}", async _ =>
        {
            Interlocked.Increment(ref running);
            return await gate.Task;
        }).AsTask()).ToList();
        Assert.That(running, Is.EqualTo(2));
        Assert.That(
            async () => await paper.GetAsync("k4", "v"),
            Throws.InstanceOf<CacheLoadException>().With.Property("Reason").EqualTo(CacheLoadFailure.TooManyLoads).And.Message.Contains("MaxConcurrentLoads"));
        gate.SetResult("v");
        await Task.WhenAll(loads);
        Assert.That(running, Is.EqualTo(3));
    }

    [Test]
    public async Task Flags_of_HybridCache_are_honoured()
    {
        await using var paper = new PaperCache();
        Assert.That(await GetAsync(HybridCacheEntryFlags.DisableUnderlyingData), Is.Null);
        await GetAsync(HybridCacheEntryFlags.DisableLocalCacheWrite);
        Assert.That(await GetAsync(HybridCacheEntryFlags.DisableUnderlyingData), Is.Null, "nothing was written");
        await paper.GetAsync("k", "stored");
        Assert.That(await GetAsync(HybridCacheEntryFlags.DisableUnderlyingData), Is.EqualTo("stored"));
        Assert.That(await GetAsync(HybridCacheEntryFlags.DisableLocalCacheRead), Is.EqualTo("loaded"));

        async Task<string?> GetAsync(HybridCacheEntryFlags flags) =>
            await paper.Cache.GetOrCreateAsync("k", _ => new ValueTask<string?>("loaded"), new HybridCacheEntryOptions { Flags = flags });
    }

    [TestCase("")]
    [TestCase("a\nb")]
    [TestCase("\ud800")]
    public async Task Odd_key_joins_loads_and_is_kept(string key)
    {
        await using var paper = new PaperCache();
        await paper.GetAsync(key, "one");
        Assert.That(await paper.GetAsync(key, "two"), Is.EqualTo("one"));
        await paper.Cache.RemoveAsync(key);
        Assert.That(await paper.GetAsync(key, "two"), Is.EqualTo("two"));
    }

    [Test]
    public async Task Refresh_begins_before_expiration_and_callers_go_on_with_the_value()
    {
        await using var paper = new PaperCache(options => (options.Expiration, options.EarlyRefresh) = (TimeSpan.FromSeconds(10), 1));
        var loads = 0;
        async ValueTask<string> LoadAsync(CancellationToken token)
        {
            paper.Clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
            return $"v{Interlocked.Increment(ref loads)}";
        }

        Assert.That(await paper.Cache.GetOrCreateAsync("k", LoadAsync), Is.EqualTo("v1"));
        paper.Clock.Advance(TimeSpan.FromMilliseconds(9_900));
        Assert.That(await paper.Cache.GetOrCreateAsync("k", LoadAsync), Is.EqualTo("v1"));
        await Eventually.HoldsAsync(() => paper.Cache.Core.Local.TryGetFresh<string>("k", out var value) && value == "v2");
    }

    [Test]
    public async Task Two_types_under_one_key_do_not_disturb_each_other()
    {
        await using var paper = new PaperCache();
        Assert.That(await paper.Cache.GetOrCreateAsync("k", _ => new ValueTask<int>(1)), Is.EqualTo(1));
        Assert.That(await paper.Cache.GetOrCreateAsync("k", _ => new ValueTask<string>("v")), Is.EqualTo("v"));
    }

    private static async Task<bool> SameAsync<T>(PaperCache paper, Func<T> create, CacheEntryOptions? options = null)
        where T : class
    {
        var key = typeof(T).Name;
        var first = await paper.Cache.GetOrCreateAsync(key, (_, _) => new ValueTask<T>(create()), options);
        return ReferenceEquals(first, await paper.Cache.GetOrCreateAsync(key, (_, _) => new ValueTask<T>(create()), options));
    }

    [ImmutableObject(true)]
    public sealed class Marked;

    public sealed class Plain;

    public sealed class Other;
}
