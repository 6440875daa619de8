using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PgScale.Caching;
using PgScale.Cluster;
using PgScale.IntegrationTests.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Caching;

/// <summary>A cache on a real Redis, as one process has it; a test may have several.</summary>
internal sealed class Cached : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ServiceProvider _services;

    private Cached(CacheWithLockingOptions options)
    {
        var services = new ServiceCollection().AddMetrics().AddLogging(logging => logging.AddProvider(Log));
        _services = services.BuildServiceProvider();
        Cache = new(() => CacheAssembly.Create(
            "",
            options,
            _services,
            () => Snapshot,
            _services.GetRequiredService<IMeterFactory>(),
            _services.GetRequiredService<ILoggerFactory>().CreateLogger("cache"),
            TimeProvider.System));
    }

    internal CollectedLog Log { get; } = new();

    internal CacheWithLocking Cache { get; }

    /// <summary>What the cache knows of the cluster; by default nothing.</summary>
    internal ClusterSnapshot Snapshot { get; set; } = new(new(new(), []), TimelineHistory.Empty);

    internal bool IsUsable => Cache.Core.Shared!.IsUsable;

    internal IServiceProvider Services => _services;

    internal static Task<Cached> StartAsync(RedisServer server, Action<CacheWithLockingOptions>? configure = null) =>
        StartAsync(server.ConnectionString, configure);

    internal static async Task<Cached> StartAsync(string redis, Action<CacheWithLockingOptions>? configure = null)
    {
        var options = new CacheWithLockingOptions { Redis = redis, ExpirationJitter = 0 };
        configure?.Invoke(options);
        var cached = new Cached(options);
        await cached.UntilUsableAsync();
        return cached;
    }

    internal Task UntilUsableAsync() => UntilAsync(() => IsUsable, () => "Redis was not used.");

    internal Task UntilAwayAsync() => UntilAsync(() => !IsUsable, () => "The circuit did not open.");

    internal static async Task UntilAsync(Func<bool> condition, Func<string> describe)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(startedAt) > Patience)
            {
                Assert.Fail($"It did not happen within {Patience.TotalSeconds:0} s. {describe()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        }
    }

    internal ValueTask<string> GetAsync(string key, string loaded, CacheEntryOptions? options = null, params string[] tags) =>
        Cache.GetOrCreateAsync(key, loaded, static (value, _) => new ValueTask<string>(value), options ?? new(), tags);

    public async ValueTask DisposeAsync()
    {
        await Cache.DisposeAsync();
        await _services.DisposeAsync();
    }
}
