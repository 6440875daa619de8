using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PgScale.Backfill;
using PgScale.Caching;
using PgScale.Cluster;
using PgScale.Ddl;
using PgScale.DependencyInjection;
using PgScale.Routing;

namespace PgScale;

/// <summary>The front door: registers a cluster, what watches it, and the components that need no further setting.</summary>
public static class PgScaleServiceCollectionExtensions
{
    /// <summary>Registers the cluster that a configuration section describes; changes of the section are followed at run time.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="section">
    /// The section, usually <c>PgScale</c>; see <see cref="PgScaleOptions"/>. Its parts <c>Routing</c>, <c>Caching</c>, <c>Backfill</c>
    /// and <c>Ddl</c> are for the options of these components.
    /// </param>
    public static IPgScaleBuilder AddPgScale(this IServiceCollection services, IConfiguration section) =>
        services.AddKeyedPgScale(Options.DefaultName, section);

    /// <summary>Registers the cluster that a delegate describes.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="configure">Fills the options.</param>
    public static IPgScaleBuilder AddPgScale(this IServiceCollection services, Action<PgScaleOptions> configure) =>
        services.AddKeyedPgScale(Options.DefaultName, configure);

    /// <summary>Registers a further cluster; its services are injected with <c>[FromKeyedServices(name)]</c>.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="name">Service key, options name and <c>pgscale.instance</c> tag in one.</param>
    /// <param name="section">The section that describes it.</param>
    public static IPgScaleBuilder AddKeyedPgScale(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var builder = services.AddCluster(name).AddReplicaRouter().AddCacheWithLocking().AddControlledBackfill().AddSafeDdlExecutor();
        services.Configure<PgScaleOptions>(name, section);
        services.Configure<ReplicaRouterOptions>(name, section.GetSection("Routing"));
        services.Configure<CacheWithLockingOptions>(name, section.GetSection("Caching"));
        services.Configure<ControlledBackfillOptions>(name, section.GetSection("Backfill"));
        services.Configure<SafeDdlExecutorOptions>(name, section.GetSection("Ddl"));
        return builder;
    }

    /// <inheritdoc cref="AddKeyedPgScale(IServiceCollection, string, IConfiguration)"/>
    /// <param name="services">Where to register.</param>
    /// <param name="name">Service key, options name and <c>pgscale.instance</c> tag in one.</param>
    /// <param name="configure">Fills the options.</param>
    public static IPgScaleBuilder AddKeyedPgScale(this IServiceCollection services, string name, Action<PgScaleOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var builder = services.AddCluster(name).AddReplicaRouter().AddCacheWithLocking().AddControlledBackfill().AddSafeDdlExecutor();
        services.Configure(name, configure);
        return builder;
    }

    private static PgScaleBuilder AddCluster(this IServiceCollection services, string name)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        services.AddOptions();
        services.AddMetrics();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ClusterMetrics>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PgScaleOptions>, PgScaleOptionsValidator>());
        if (services.Any(service => service.ServiceType == typeof(ClusterMonitor) && name.Equals(service.ServiceKey)))
        {
            return new(name, services);
        }

        services.AddKeyedSingleton(name, static (provider, key) => CreateMonitor(provider, (string)key!));
        services.AddKeyedSingleton(name, static (provider, key) => new NodeConnections(provider.GetRequiredKeyedService<ClusterMonitor>(key)));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<ClusterMonitor>(name));
        if (name.Length == 0)
        {
            services.AddSingleton(static provider => provider.GetRequiredKeyedService<ClusterMonitor>(Options.DefaultName));
            services.AddSingleton(static provider => provider.GetRequiredKeyedService<NodeConnections>(Options.DefaultName));
        }

        return new(name, services);
    }

    private static ClusterMonitor CreateMonitor(IServiceProvider provider, string name)
    {
        var time = provider.GetRequiredService<TimeProvider>();
        var logger = provider.GetRequiredService<ILoggerFactory>().CreateLogger("PgScale.Cluster");
        var directory = new NodeDirectory(
            name,
            provider.GetRequiredService<IOptionsFactory<PgScaleOptions>>(),
            provider.GetServices<IOptionsChangeTokenSource<PgScaleOptions>>(),
            provider.GetKeyedServices<INodeSource>(name),
            provider.GetService<HostResolver>() ?? new HostResolver(time: time),
            logger,
            time);
        return new(name, directory, provider.GetRequiredService<ClusterMetrics>(), logger, time);
    }
}
