using PgScale.Caching;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Caching.Model;

/// <summary>One run of a plan: caches that reach one Redis each through a network of its own, and rows whose replica is behind.</summary>
internal sealed class ModelRun : IAsyncDisposable
{
    private const int AtTheSameTime = 8;

    private readonly VersionedRow[] _rows = [.. Enumerable.Range(0, ModelPlan.Keys).Select(static _ => new VersionedRow())];
    private readonly long[] _floors = new long[ModelPlan.Keys];
    private readonly List<Cached> _caches = [];
    private readonly List<FaultProxy> _proxies = [];
    private readonly ModelTrace _trace = new();
    private readonly RedisServer _redis;

    private int _checked;
    private string? _violation;

    private ModelRun(RedisServer redis) => _redis = redis;

    /// <summary>The first violation of the law and what led to it; null when there was none.</summary>
    internal string? Violation => Volatile.Read(ref _violation);

    internal int Checked => _checked;

    internal static async Task<ModelRun> StartAsync(RedisServer redis, ulong seed)
    {
        var run = new ModelRun(redis);
        for (var cache = 0; cache < ModelPlan.Caches; cache++)
        {
            var proxy = await redis.AddFaultProxyAsync();
            run._proxies.Add(proxy);
            run._caches.Add(await Cached.StartAsync(proxy.ConnectionString, options =>
            {
                options.Namespace = $"model{seed}";
                options.Expiration = TimeSpan.FromMilliseconds(200);
                options.LocalLease = TimeSpan.FromMilliseconds(300);
                options.LocalExpirationWithoutRedis = TimeSpan.Zero;
                options.EarlyRefresh = 1;
            }));
        }

        return run;
    }

    internal async Task PlayAsync(IEnumerable<ModelStep> steps)
    {
        List<Task> under = [];
        foreach (var step in steps)
        {
            under.Add(TakeAsync(step));
            if (under.Count >= AtTheSameTime)
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

    private async Task TakeAsync(ModelStep step)
    {
        switch (step.Kind)
        {
            case ModelStepKind.Read or ModelStepKind.ReadWithToken:
                await ReadAsync(step);
                break;
            case ModelStepKind.Write or ModelStepKind.WriteUnderTag:
                await WriteAsync(step);
                break;
            case ModelStepKind.CatchUp:
                _rows[step.Key].CatchUp();
                _trace.Note(step.Key, $"replica has {_rows[step.Key].Replicated}");
                break;
            case ModelStepKind.Hiccup:
                await HiccupAsync();
                break;
            case ModelStepKind.CutOff:
                _trace.Note(null, $"cache {step.Cache} is cut off");
                _proxies[step.Cache].BlackHole();
                break;
            case ModelStepKind.Reconnect:
                _trace.Note(null, $"cache {step.Cache} is reconnected");
                _proxies[step.Cache].Heal();
                await SettleAsync(_caches[step.Cache]);
                _trace.Note(null, $"cache {step.Cache}: {StandingOf(step.Cache)}");
                break;
        }
    }

    private async Task HiccupAsync()
    {
        _trace.Note(null, "Redis stops");
        await _redis.FreezeAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        await _redis.ThawAsync();
        _trace.Note(null, "Redis goes on");
    }

    // It may be cut off again meanwhile.
    private static async Task SettleAsync(Cached cached)
    {
        for (var turn = 0; turn < 500 && !cached.IsUsable; turn++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }

    private async Task WriteAsync(ModelStep step)
    {
        var (key, cache) = (step.Key, _caches[step.Cache].Cache);
        var version = _rows[key].Write();
        var token = VersionedRow.TokenOf(version);
        var what = step.Kind == ModelStepKind.WriteUnderTag ? "by tag" : "by key";
        _trace.Note(key, $"cache {step.Cache} removes {version} {what}; {StandingOf(step.Cache)}");
        var reach = step.Kind == ModelStepKind.WriteUnderTag
            ? await cache.RemoveByTagAsync($"t{key}", token)
            : await cache.RemoveAsync($"k{key}", token);
        _trace.Note(key, $"cache {step.Cache} removed {version} {what}: {reach}; {StandingOf(step.Cache)}");
        if (reach == RemovalReach.Everywhere)
        {
            InterlockedMax(ref _floors[key], version);
        }
    }

    // A cache that Redis is lost to cannot know of others' removals; who must be sure then reads with a token.
    private async Task ReadAsync(ModelStep step)
    {
        var (key, cached, withToken) = (step.Key, _caches[step.Cache], step.Kind == ModelStepKind.ReadWithToken);
        var floor = Volatile.Read(ref _floors[key]);
        var losses = cached.Log.Count(3001);
        var isSure = cached.IsUsable;
        var (before, beganAt) = (StandingOf(step.Cache), _trace.Now);
        var version = await cached.Cache.GetOrCreateAsync(
            $"k{key}",
            (context, token) => LoadAsync(step, context, token),
            new CacheEntryOptions { MinimumToken = withToken ? VersionedRow.TokenOf(floor) : default },
            [$"t{key}"]);
        isSure = withToken || (isSure && cached.IsUsable && cached.Log.Count(3001) == losses);
        _trace.Note(key, $"cache {step.Cache} reads {version}, asked {_trace.Now - beganAt:0.0} ms ago after {floor}{(isSure ? "" : ", unsure")}; {before} then, {StandingOf(step.Cache)} now");
        if (isSure)
        {
            Interlocked.Increment(ref _checked);
            Check(key, version, floor, withToken);
        }
    }

    private async ValueTask<long> LoadAsync(ModelStep step, CacheFillContext context, CancellationToken cancellationToken)
    {
        var read = _rows[step.Key].Read(context.Token);
        _trace.Note(step.Key, $"cache {step.Cache} loads {read}, told {(ulong)context.Token.Position}");
        await Task.Delay(step.Load, TimeProvider.System, cancellationToken);
        return read;
    }

    private void Check(int key, long version, long floor, bool withToken)
    {
        if (version < floor)
        {
            var violation = $"k{key}: {version} after {floor}{(withToken ? " with a token" : "")}\n{_trace.TaleOf(key)}";
            Interlocked.CompareExchange(ref _violation, violation, null);
        }
    }

    private string StandingOf(int cache)
    {
        var core = _caches[cache].Cache.Core;
        var isAlive = core.Local.Lease.IsAlive(core.Clock.Now);
        return $"[{(core.IsRedisAway ? "away" : "usable")}, {(isAlive ? "lease" : "no lease")} {core.Local.Lease.Epoch}, {core.Shared!.Fleet.Members} members]";
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
