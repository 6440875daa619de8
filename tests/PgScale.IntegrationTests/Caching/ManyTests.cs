using PgScale.Caching;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Caching;

public sealed class ManyTests
{
    private static readonly string[] Keys = [.. Enumerable.Range(0, 100).Select(index => $"many{index}")];

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
    public async Task Hundred_missing_keys_are_one_load_and_then_hits_of_the_others()
    {
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        var calls = 0;
        var loaded = await a.Cache.GetOrCreateManyAsync(Keys, (keys, _, _) =>
        {
            calls++;
            return Answer(keys, "a");
        });
        Assert.That(calls, Is.EqualTo(1));
        Assert.That(loaded.Keys, Is.EquivalentTo(Keys));
        var read = await b.Cache.GetOrCreateManyAsync(Keys, (keys, _, _) => Answer(keys, "b"));
        Assert.That(read.Values.Select(value => value[..1]), Is.All.EqualTo("a"));
    }

    [Test]
    public async Task Batches_that_overlap_load_each_key_once()
    {
        await using var a = await Cached.StartAsync(_redis);
        await using var b = await Cached.StartAsync(_redis);
        var loads = new System.Collections.Concurrent.ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        async ValueTask<IReadOnlyDictionary<string, string>> LoadAsync(IReadOnlyList<string> keys, CacheFillContext context, CancellationToken token)
        {
            foreach (var key in keys)
            {
                loads.AddOrUpdate(key, 1, static (_, times) => times + 1);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, token);
            return await Answer(keys, "v");
        }

        var random = new Random(4);
        var batches = Enumerable.Range(0, 40).Select(index => (index % 2 == 0 ? a : b).Cache.GetOrCreateManyAsync(random.GetItems(Keys, 30), LoadAsync).AsTask());
        await Task.WhenAll(batches);
        Assert.That(loads.Values, Is.All.EqualTo(1));
    }

    [Test]
    public async Task Key_without_a_value_is_left_out_and_not_asked_for_again()
    {
        await using var a = await Cached.StartAsync(_redis);
        Assert.That(await a.Cache.GetOrCreateManyAsync(["there", "gone"], (_, _, _) => Answer(["there"], "v")), Has.Count.EqualTo(1));
        Assert.That(await a.Cache.GetOrCreateManyAsync<string>(["there", "gone"], (_, _, _) => throw new InvalidOperationException()), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Failure_reaches_the_caller_and_frees_the_keys()
    {
        await using var a = await Cached.StartAsync(_redis, static options => options.FailureBackoff = TimeSpan.Zero);
        Assert.That(async () => await a.Cache.GetOrCreateManyAsync<string>(Keys, (_, _, _) => throw new InvalidOperationException()), Throws.InvalidOperationException);
        Assert.That(await a.Cache.GetOrCreateManyAsync(Keys, (keys, _, _) => Answer(keys, "v")), Has.Count.EqualTo(100));
    }

    private static ValueTask<IReadOnlyDictionary<string, string>> Answer(IEnumerable<string> keys, string who) =>
        new(keys.ToDictionary(key => key, key => $"{who} {key}", StringComparer.Ordinal));
}
