using System.Diagnostics.Metrics;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PgScale.Cluster;
using PgScale.DependencyInjection;

namespace PgScale.Caching;

/// <summary>Adds the cache to an instance.</summary>
public static class CacheWithLockingBuilderExtensions
{
    /// <summary>Adds <see cref="CacheWithLocking"/> with its defaults: in process alone. Calling it again adds nothing.</summary>
    public static IPgScaleBuilder AddCacheWithLocking(this IPgScaleBuilder builder)
    {
        if (builder.TryAddComponent<CacheWithLocking, CacheWithLockingOptions, CacheWithLockingOptionsValidator>(
            static (provider, key) => new(() => CreateCore(provider, key))))
        {
            var name = builder.Name;
            builder.Services.AddSingleton<IHostedService>(provider => new CacheKeeper(provider.GetRequiredKeyedService<CacheWithLocking>(name)));
        }

        return builder;
    }

    /// <summary>Adds <see cref="CacheWithLocking"/> and changes its options.</summary>
    public static IPgScaleBuilder AddCacheWithLocking(this IPgScaleBuilder builder, Action<CacheWithLockingOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        builder.AddCacheWithLocking().Services.Configure(builder.Name, configure);
        return builder;
    }

    /// <summary>Adds <see cref="CacheWithLocking"/> with options from a section, usually <c>PgScale:Caching</c>.</summary>
    public static IPgScaleBuilder AddCacheWithLocking(this IPgScaleBuilder builder, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        builder.AddCacheWithLocking().Services.Configure<CacheWithLockingOptions>(builder.Name, section);
        return builder;
    }

    /// <summary>Shows the cache as <see cref="HybridCache"/>, under the instance's key too, for code that knows only that.</summary>
    public static IPgScaleBuilder AsHybridCache(this IPgScaleBuilder builder)
    {
        var name = builder.AddCacheWithLocking().Name;
        builder.Services.AddKeyedSingleton<HybridCache>(name, static (provider, key) => provider.GetRequiredKeyedService<CacheWithLocking>(key));
        if (name.Length == 0)
        {
            builder.Services.AddSingleton<HybridCache>(static provider => provider.GetRequiredKeyedService<CacheWithLocking>(Options.DefaultName));
        }

        return builder;
    }

    /// <summary>Adds a health check: Degraded while Redis is configured and cannot be used. It asks nobody.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="instance">The instance as given to <c>AddKeyedPgScale</c>; default the unnamed one.</param>
    /// <param name="tags">Tags of the check; default none.</param>
    public static IHealthChecksBuilder AddPgScaleCaching(this IHealthChecksBuilder builder, string? instance = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var key = instance ?? Options.DefaultName;
        return builder.Add(new(
            key.Length == 0 ? "pgscale-caching" : $"pgscale-caching-{key}",
            provider => new CacheHealthCheck(provider.GetRequiredKeyedService<CacheWithLocking>(key)),
            failureStatus: null,
            tags));
    }

    private static CacheCore CreateCore(IServiceProvider provider, string name)
    {
        var monitor = provider.GetRequiredKeyedService<ClusterMonitor>(name);
        return CacheAssembly.Create(
            name,
            provider.GetRequiredService<IOptionsFactory<CacheWithLockingOptions>>().Create(name),
            provider,
            () => monitor.Current,
            provider.GetRequiredService<IMeterFactory>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("PgScale.Caching"),
            provider.GetRequiredService<TimeProvider>());
    }
}
