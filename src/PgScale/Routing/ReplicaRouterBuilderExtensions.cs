using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PgScale.Cluster;
using PgScale.DependencyInjection;

namespace PgScale.Routing;

/// <summary>Adds the router to an instance.</summary>
public static class ReplicaRouterBuilderExtensions
{
    /// <summary>Adds <see cref="ReplicaRouter"/> with its defaults. Calling it again adds nothing.</summary>
    public static IPgScaleBuilder AddReplicaRouter(this IPgScaleBuilder builder)
    {
        if (builder.TryAddComponent<ReplicaRouter, ReplicaRouterOptions, ReplicaRouterOptionsValidator>(Create))
        {
            var name = builder.Name;
            builder.Services.AddSingleton<IHostedService>(provider => new RouteKeeper(
                provider.GetRequiredKeyedService<ReplicaRouter>(name),
                Logger(provider),
                provider.GetRequiredService<TimeProvider>()));
        }

        return builder;
    }

    /// <summary>Adds <see cref="ReplicaRouter"/> and changes its options.</summary>
    public static IPgScaleBuilder AddReplicaRouter(this IPgScaleBuilder builder, Action<ReplicaRouterOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        builder.AddReplicaRouter().Services.Configure(builder.Name, configure);
        return builder;
    }

    /// <summary>Adds <see cref="ReplicaRouter"/> with options from a section, usually <c>PgScale:Routing</c>.</summary>
    public static IPgScaleBuilder AddReplicaRouter(this IPgScaleBuilder builder, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        builder.AddReplicaRouter().Services.Configure<ReplicaRouterOptions>(builder.Name, section);
        return builder;
    }

    /// <summary>
    /// Adds a health check: Degraded when a tier that has replicas may use none of them. It asks no server.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="instance">The instance as given to <c>AddKeyedPgScale</c>; default the unnamed one.</param>
    /// <param name="tags">Tags of the check; default none.</param>
    public static IHealthChecksBuilder AddPgScaleRouting(this IHealthChecksBuilder builder, string? instance = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var key = instance ?? Options.DefaultName;
        return builder.Add(new(
            key.Length == 0 ? "pgscale-routing" : $"pgscale-routing-{key}",
            provider => new ReplicaRouterHealthCheck(provider.GetRequiredKeyedService<ReplicaRouter>(key)),
            failureStatus: null,
            tags));
    }

    private static ReplicaRouter Create(IServiceProvider provider, string name)
    {
        var monitor = provider.GetRequiredKeyedService<ClusterMonitor>(name);
        var time = provider.GetRequiredService<TimeProvider>();
        var metrics = new ReplicaRouterMetrics(provider.GetRequiredService<IMeterFactory>(), monitor.Instance);
        return new(
            () => new(monitor, provider.GetRequiredKeyedService<NodeConnections>(name), provider.GetRequiredService<IOptionsFactory<ReplicaRouterOptions>>().Create(name), metrics, Logger(provider), time),
            time);
    }

    private static ILogger Logger(IServiceProvider provider) => provider.GetRequiredService<ILoggerFactory>().CreateLogger("PgScale.Routing");
}
