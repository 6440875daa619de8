using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PgScale.Cluster;
using PgScale.DependencyInjection;

namespace PgScale.Ddl;

/// <summary>Adds safe schema changes to an instance.</summary>
public static class SafeDdlExecutorBuilderExtensions
{
    /// <summary>Adds <see cref="SafeDdlExecutor"/> with its defaults. Calling it again adds nothing.</summary>
    public static IPgScaleBuilder AddSafeDdlExecutor(this IPgScaleBuilder builder)
    {
        builder.TryAddComponent<SafeDdlExecutor, SafeDdlExecutorOptions, SafeDdlExecutorOptionsValidator>(Create);
        return builder;
    }

    /// <summary>Adds <see cref="SafeDdlExecutor"/> and changes its options.</summary>
    public static IPgScaleBuilder AddSafeDdlExecutor(this IPgScaleBuilder builder, Action<SafeDdlExecutorOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        builder.AddSafeDdlExecutor().Services.Configure(builder.Name, configure);
        return builder;
    }

    /// <summary>Adds <see cref="SafeDdlExecutor"/> with options from a section, usually <c>PgScale:Ddl</c>.</summary>
    public static IPgScaleBuilder AddSafeDdlExecutor(this IPgScaleBuilder builder, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        builder.AddSafeDdlExecutor().Services.Configure<SafeDdlExecutorOptions>(builder.Name, section);
        return builder;
    }

    private static SafeDdlExecutor Create(IServiceProvider provider, string name)
    {
        var monitor = provider.GetRequiredKeyedService<ClusterMonitor>(name);
        return new(
            monitor,
            provider.GetRequiredKeyedService<NodeConnections>(name),
            () => provider.GetRequiredService<IOptionsFactory<SafeDdlExecutorOptions>>().Create(name),
            new(provider.GetRequiredService<IMeterFactory>(), monitor.Instance),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("PgScale.Ddl"),
            provider.GetRequiredService<TimeProvider>());
    }
}
