using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using PgScale.Caching;
using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Benchmarks.Caching.Sides;

/// <summary>Ours: wired and hosted as users do it where there is a database, and without a cluster where loads only take their time.</summary>
internal sealed class PgScaleCache : ICacheSide
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(2);

    private readonly IHost? _host;

    private PgScaleCache(CacheWithLocking cache, IHost? host) => (Cache, _host) = (cache, host);

    public CacheWithLocking Cache { get; }

    public ReplicaRouter Router => _host!.Services.GetRequiredService<ReplicaRouter>();

    public static async Task<PgScaleCache> StartAsync(CacheSetup setup, CancellationToken cancellationToken, Action<CacheWithLockingOptions>? configure = null)
    {
        var host = setup.Nodes.Count > 0 ? Build(setup) : null;
        if (host is not null)
        {
            await host.StartAsync(cancellationToken);
            await UntilKnownAsync(host.Services.GetRequiredService<ClusterMonitor>(), setup.Nodes.Count, cancellationToken);
        }

        var side = new PgScaleCache(host?.Services.GetRequiredService<CacheWithLocking>() ?? WithoutCluster(setup, configure), host);
        await side.UntilSharedAsync(cancellationToken);
        return side;
    }

    public ValueTask<string> GetAsync(string key, Func<ConsistencyToken, CancellationToken, ValueTask<string>> load) =>
        Cache.GetOrCreateAsync(key, load, static (load, context, cancellationToken) => load(context.Token, cancellationToken));

    public async Task GetManyAsync(
        IReadOnlyList<string> keys, Func<IReadOnlyList<string>, CancellationToken, ValueTask<IReadOnlyDictionary<string, string>>> load) =>
        await Cache.GetOrCreateManyAsync(keys, (missing, _, cancellationToken) => load(missing, cancellationToken));

    public async ValueTask<bool> RemoveAsync(string key, ConsistencyToken token) => await Cache.RemoveAsync(key, token) == RemovalReach.Everywhere;

    public async ValueTask DisposeAsync()
    {
        await Cache.DisposeAsync();
        if (_host is not null)
        {
            await _host.StopAsync();
            await ((IAsyncDisposable)_host).DisposeAsync();
        }
    }

    private static CacheWithLocking WithoutCluster(CacheSetup setup, Action<CacheWithLockingOptions>? configure)
    {
        var options = new CacheWithLockingOptions();
        Configure(options, setup);
        configure?.Invoke(options);
        var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var cluster = new ClusterSnapshot(new(new(), []), TimelineHistory.Empty);
        return new(() => CacheAssembly.Create(
            "", options, services, () => cluster, services.GetRequiredService<IMeterFactory>(), NullLogger.Instance, TimeProvider.System));
    }

    private static IHost Build(CacheSetup setup)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddPgScale(options =>
        {
            foreach (var (name, connectionString) in setup.Nodes)
            {
                options.Nodes.Add(new() { Name = name, ConnectionString = connectionString });
            }
        }).AddReplicaRouter().AddCacheWithLocking(options => Configure(options, setup));
        return builder.Build();
    }

    private static void Configure(CacheWithLockingOptions options, CacheSetup setup)
    {
        options.Redis = setup.Redis;
        options.Expiration = setup.Expiration;
        options.EarlyRefresh = setup.EarlyRefresh;
        options.MaxConcurrentLoads = setup.MaxConcurrentLoads;
        options.LocalExpirationWithoutRedis = setup.LocalExpirationWithoutRedis;
    }

    private static async Task UntilKnownAsync(ClusterMonitor monitor, int nodes, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(Patience);
        await monitor.WaitForAsync(known => known.Primary is not null && known.Replicas.Count(node => node.IsUsable) == nodes - 1, late.Token);
    }

    private async Task UntilSharedAsync(CancellationToken cancellationToken)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (Cache.Core is { Shared: not null, IsRedisAway: true })
        {
            if (TimeProvider.System.GetElapsedTime(startedAt) > Patience)
            {
                throw new TimeoutException($"The cache did not use Redis within {Patience.TotalSeconds:0} s: is it running?");
            }

            await Task.Delay(PollTime, TimeProvider.System, cancellationToken);
        }
    }
}
