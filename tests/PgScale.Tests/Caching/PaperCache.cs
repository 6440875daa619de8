using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using PgScale.Caching;
using PgScale.Tests.Cluster;

namespace PgScale.Tests.Caching;

/// <summary>A cache in process alone, on a clock that the test moves, beside a cluster made of words.</summary>
internal sealed class PaperCache : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    internal PaperCache(Action<CacheWithLockingOptions>? configure = null, Action<IServiceCollection>? services = null)
    {
        var collection = new ServiceCollection();
        collection.AddMetrics();
        services?.Invoke(collection);
        _services = collection.BuildServiceProvider();
        var options = new CacheWithLockingOptions { ExpirationJitter = 0 };
        configure?.Invoke(options);
        Cluster.Says("primary", PaperCluster.Primary(1_000)).Says("replica", PaperCluster.Replica(1_000));
        Cache = new(() => CacheAssembly.Create("", options, _services, () => Cluster.Snapshot, _services.GetRequiredService<IMeterFactory>(), Logger, Clock));
    }

    internal PaperCluster Cluster { get; } = new("primary", "replica");

    internal ManualTimeProvider Clock => Cluster.Clock;

    internal RecordingLogger Logger { get; } = new();

    internal CacheWithLocking Cache { get; }

    internal IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    /// <summary>How many loads have begun through <see cref="GetAsync"/>.</summary>
    internal int Loads { get; private set; }

    internal async Task<string?> GetAsync(string key, string? loaded, CacheEntryOptions? options = null, params string[] tags) =>
        await Cache.GetOrCreateAsync(
            key,
            _ =>
            {
                Loads++;
                return new ValueTask<string?>(loaded);
            },
            options ?? new(),
            tags);

    public async ValueTask DisposeAsync()
    {
        await Cache.DisposeAsync();
        await _services.DisposeAsync();
    }
}
