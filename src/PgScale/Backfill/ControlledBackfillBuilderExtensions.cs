using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PgScale.Cluster;
using PgScale.DependencyInjection;

namespace PgScale.Backfill;

/// <summary>Adds backfills to an instance.</summary>
public static class ControlledBackfillBuilderExtensions
{
    private const string LogCategory = "PgScale.Backfill";

    /// <summary>Adds <see cref="ControlledBackfill"/> with its defaults. Calling it again adds nothing.</summary>
    public static IPgScaleBuilder AddControlledBackfill(this IPgScaleBuilder builder)
    {
        builder.TryAddComponent<ControlledBackfill, ControlledBackfillOptions, ControlledBackfillOptionsValidator>(Create);
        return builder;
    }

    /// <summary>Adds <see cref="ControlledBackfill"/> and changes its options.</summary>
    public static IPgScaleBuilder AddControlledBackfill(this IPgScaleBuilder builder, Action<ControlledBackfillOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        builder.AddControlledBackfill().Services.Configure(builder.Name, configure);
        return builder;
    }

    /// <summary>Adds <see cref="ControlledBackfill"/> with options from a section, usually <c>PgScale:Backfill</c>.</summary>
    public static IPgScaleBuilder AddControlledBackfill(this IPgScaleBuilder builder, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        builder.AddControlledBackfill().Services.Configure<ControlledBackfillOptions>(builder.Name, section);
        return builder;
    }

    /// <summary>Runs a backfill beside the application until it is done. Processes share its ranges, and stand by for each other.</summary>
    /// <param name="builder">The instance.</param>
    /// <param name="definition">What to change.</param>
    /// <param name="options">How each process takes part; default one worker. <see cref="BackfillRunOptions.Joins"/> is always true.</param>
    public static IPgScaleBuilder AddHostedBackfill(this IPgScaleBuilder builder, BackfillDefinition definition, BackfillRunOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var name = builder.AddControlledBackfill().Name;
        builder.Services.AddSingleton<IHostedService>(provider => new BackfillHost(
            provider.GetRequiredKeyedService<ControlledBackfill>(name),
            definition,
            options ?? BackfillRunOptions.Default,
            provider.GetRequiredService<ILoggerFactory>().CreateLogger(LogCategory),
            provider.GetRequiredKeyedService<ClusterMonitor>(name).Instance,
            provider.GetRequiredService<TimeProvider>()));
        return builder;
    }

    /// <summary>Adds a health check: Degraded when a backfill of this process is held for long. It asks no server.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="instance">The instance as given to <c>AddKeyedPgScale</c>; default the unnamed one.</param>
    /// <param name="tags">Tags of the check; default none.</param>
    public static IHealthChecksBuilder AddPgScaleBackfill(this IHealthChecksBuilder builder, string? instance = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var key = instance ?? Options.DefaultName;
        return builder.Add(new(
            key.Length == 0 ? "pgscale-backfill" : $"pgscale-backfill-{key}",
            provider => new ControlledBackfillHealthCheck(provider.GetRequiredKeyedService<ControlledBackfill>(key)),
            failureStatus: null,
            tags));
    }

    /// <summary>Adds a signal of the application's own, such as the latency of a checkout, that backfills keep under its limit.</summary>
    public static IPgScaleBuilder AddBackfillSignal(this IPgScaleBuilder builder, BackfillSignal signal)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(signal);
        builder.AddControlledBackfill().Services.AddKeyedSingleton(builder.Name, signal);
        return builder;
    }

    private static ControlledBackfill Create(IServiceProvider provider, string name)
    {
        var monitor = provider.GetRequiredKeyedService<ClusterMonitor>(name);
        return new(
            monitor,
            provider.GetRequiredKeyedService<NodeConnections>(name),
            () => provider.GetRequiredService<IOptionsFactory<ControlledBackfillOptions>>().Create(name),
            () => [.. provider.GetKeyedServices<BackfillSignal>(name)],
            new(provider.GetRequiredService<IMeterFactory>(), monitor.Instance),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger(LogCategory),
            provider.GetRequiredService<TimeProvider>());
    }
}
