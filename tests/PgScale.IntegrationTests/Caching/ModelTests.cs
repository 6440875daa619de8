using FsCheck.Fluent;
using PgScale.Caching;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Caching;

/// <summary>
/// Random interleavings of reads, writes with removal, lagging replicas, Redis faults and caches that are cut off, against the one law: who
/// reads after a removal that reached everybody gets nothing older, and who reads with a token never does.
/// </summary>
public sealed class ModelTests
{
    private const int Keys = 3;
    private const int Caches = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private enum Step
    {
        Read,
        ReadWithToken,
        Write,
        WriteUnderTag,
        CatchUp,
        Hiccup,
        CutOff,
        Reconnect,
    }

    [Test]
    public async Task Nobody_reads_anything_older_than_a_removal_that_was_acknowledged()
    {
        await Needs.ServersAsync(TestServerKinds.Redis);
        await using var redis = await RedisServer.StartAsync();
        var steps = Gen.Frequency(
            (40, Gen.Constant(Step.Read)), (15, Gen.Constant(Step.ReadWithToken)), (12, Gen.Constant(Step.Write)), (4, Gen.Constant(Step.WriteUnderTag)),
            (8, Gen.Constant(Step.CatchUp)), (1, Gen.Constant(Step.Hiccup)), (2, Gen.Constant(Step.CutOff)), (3, Gen.Constant(Step.Reconnect)));
        var plan = Gen.ListOf(Gen.Zip(steps, Gen.Zip(Gen.Choose(0, Keys - 1), Gen.Choose(0, Caches - 1))), 500);
        foreach (var (run, sequence) in plan.Sample(4, 4).Index())
        {
            await using var model = await Run.StartAsync(redis, run);
            await model.PlayAsync(sequence.Select(item => (item.Item1, item.Item2.Item1, item.Item2.Item2)));
            Assert.That(model.Violations, Is.Empty, $"Run {run}");
            Assert.That(model.Checked, Is.GreaterThan(50), "the law must have been put to the test");
        }
    }

    private sealed class Run : IAsyncDisposable
    {
        private readonly VersionedRow[] _rows = [.. Enumerable.Range(0, Keys).Select(_ => new VersionedRow())];
        private readonly long[] _floors = new long[Keys];
        private readonly List<Cached> _caches = [];
        private readonly List<FaultProxy> _proxies = [];
        private readonly RedisServer _redis;
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _violations = new();

        private int _checked;

        private Run(RedisServer redis) => _redis = redis;

        internal IReadOnlyCollection<string> Violations => _violations;

        internal int Checked => _checked;

        internal static async Task<Run> StartAsync(RedisServer redis, int number)
        {
            var run = new Run(redis);
            for (var cache = 0; cache < Caches; cache++)
            {
                var proxy = await redis.AddFaultProxyAsync();
                run._proxies.Add(proxy);
                run._caches.Add(await Cached.StartAsync(proxy.ConnectionString, options =>
                {
                    options.Namespace = $"model{number}";
                    options.Expiration = TimeSpan.FromMilliseconds(200);
                    options.LocalLease = TimeSpan.FromMilliseconds(300);
                    options.LocalExpirationWithoutRedis = TimeSpan.Zero;
                    options.EarlyRefresh = 1;
                }));
            }

            return run;
        }

        internal async Task PlayAsync(IEnumerable<(Step Step, int Key, int Cache)> steps)
        {
            List<Task> under = [];
            foreach (var (step, key, cache) in steps)
            {
                under.Add(TakeAsync(step, key, cache));
                if (under.Count >= 8)
                {
                    under.Remove(await Task.WhenAny(under));
                }
            }

            await Task.WhenAll(under);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var cache in _caches)
            {
                await cache.DisposeAsync();
            }

            foreach (var proxy in _proxies)
            {
                await proxy.DisposeAsync();
            }
        }

        private async Task TakeAsync(Step step, int key, int cache)
        {
            switch (step)
            {
                case Step.Read or Step.ReadWithToken:
                    await ReadAsync(key, _caches[cache], step == Step.ReadWithToken);
                    break;
                case Step.Write or Step.WriteUnderTag:
                    await WriteAsync(key, _caches[cache].Cache, step == Step.WriteUnderTag);
                    break;
                case Step.CatchUp:
                    _rows[key].CatchUp();
                    break;
                case Step.Hiccup:
                    await _redis.FreezeAsync();
                    await Task.Delay(Pause * 20, TimeProvider.System);
                    await _redis.ThawAsync();
                    break;
                case Step.CutOff:
                    _proxies[cache].BlackHole();
                    break;
                case Step.Reconnect:
                    _proxies[cache].Heal();
                    await SettleAsync(_caches[cache]);
                    break;
            }
        }

        // It may be cut off again meanwhile.
        private static async Task SettleAsync(Cached cached)
        {
            for (var turn = 0; turn < 500 && !cached.IsUsable; turn++)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }
        }

        private async Task WriteAsync(int key, CacheWithLocking cache, bool byTag)
        {
            var version = _rows[key].Write();
            var token = VersionedRow.TokenOf(version);
            var reach = byTag
                ? await cache.RemoveByTagAsync($"t{key}", token)
                : await cache.RemoveAsync($"k{key}", token);
            if (reach == RemovalReach.Everywhere)
            {
                InterlockedMax(ref _floors[key], version);
            }
        }

        // A cache that Redis is lost to cannot know of others' removals; who must be sure then reads with a token.
        private async Task ReadAsync(int key, Cached cached, bool withToken)
        {
            var floor = Volatile.Read(ref _floors[key]);
            var losses = cached.Log.Count(3001);
            var isSure = cached.IsUsable;
            var row = _rows[key];
            var version = await cached.Cache.GetOrCreateAsync(
                $"k{key}",
                async (context, token) =>
                {
                    var read = row.Read(context.Token);
                    await Task.Delay(Pause * Random.Shared.Next(0, 4), TimeProvider.System, token);
                    return read;
                },
                new CacheEntryOptions { MinimumToken = withToken ? VersionedRow.TokenOf(floor) : default },
                [$"t{key}"]);
            if (!withToken && (!isSure || !cached.IsUsable || cached.Log.Count(3001) != losses))
            {
                return;
            }

            Interlocked.Increment(ref _checked);
            if (version < floor)
            {
                _violations.Enqueue($"k{key}: {version} after {floor}{(withToken ? " with a token" : "")}");
            }
        }

        private static void InterlockedMax(ref long target, long value)
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
}
