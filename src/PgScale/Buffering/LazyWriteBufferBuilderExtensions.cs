using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PgScale.Buffering.Flushing;
using PgScale.Buffering.Holding;
using PgScale.Cluster;
using PgScale.DependencyInjection;

namespace PgScale.Buffering;

/// <summary>Adds buffers to an instance.</summary>
public static class LazyWriteBufferBuilderExtensions
{
    private const string LogCategory = "PgScale.Buffering";

    /// <summary>Adds a <see cref="LazyWriteBuffer{T}"/> that has the name of its items' type; inject it as it is.</summary>
    /// <typeparam name="T">The items.</typeparam>
    /// <param name="builder">The instance.</param>
    /// <param name="build">Says where items go.</param>
    /// <param name="configure">Changes the options.</param>
    /// <exception cref="InvalidOperationException">There is a buffer of this name already, or it does not say where items go.</exception>
    public static IPgScaleBuilder AddLazyWriteBuffer<T>(
        this IPgScaleBuilder builder, Action<LazyWriteBufferBuilder<T>> build, Action<LazyWriteBufferOptions>? configure = null)
    {
        builder.AddBuffer(typeof(T).Name, build, configure);
        var key = KeyOf(builder, typeof(T).Name);
        if (builder.Name.Length == 0)
        {
            builder.Services.AddSingleton(provider => provider.GetRequiredKeyedService<LazyWriteBuffer<T>>(key));
        }

        return builder;
    }

    /// <summary>Adds a <see cref="LazyWriteBuffer{T}"/> with options from a section, usually <c>PgScale:Buffering:&lt;name&gt;</c>.</summary>
    /// <inheritdoc cref="AddLazyWriteBuffer{T}(IPgScaleBuilder, Action{LazyWriteBufferBuilder{T}}, Action{LazyWriteBufferOptions})"/>
    /// <param name="builder">The instance.</param>
    /// <param name="section">The section.</param>
    /// <param name="build">Says where items go.</param>
    public static IPgScaleBuilder AddLazyWriteBuffer<T>(this IPgScaleBuilder builder, IConfiguration section, Action<LazyWriteBufferBuilder<T>> build)
    {
        ArgumentNullException.ThrowIfNull(section);
        builder.AddLazyWriteBuffer(build);
        builder.Services.Configure<LazyWriteBufferOptions>(KeyOf(builder, typeof(T).Name), section);
        return builder;
    }

    /// <summary>Adds a <see cref="LazyWriteBuffer{T}"/> of a name, for a second one of the same items; inject it with <c>[FromKeyedServices(name)]</c>.</summary>
    /// <inheritdoc cref="AddLazyWriteBuffer{T}(IPgScaleBuilder, Action{LazyWriteBufferBuilder{T}}, Action{LazyWriteBufferOptions})"/>
    /// <param name="builder">The instance.</param>
    /// <param name="name">Service key, options name and <c>pgscale.buffer</c> tag in one; with <c>AddKeyedPgScale("orders")</c> it follows <c>orders/</c>.</param>
    /// <param name="build">Says where items go.</param>
    /// <param name="configure">Changes the options.</param>
    public static IPgScaleBuilder AddLazyWriteBuffer<T>(
        this IPgScaleBuilder builder, string name, Action<LazyWriteBufferBuilder<T>> build, Action<LazyWriteBufferOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return builder.AddBuffer(name, build, configure);
    }

    /// <summary>
    /// Adds a health check over all buffers of an instance: Degraded when an item has waited longer than
    /// <see cref="LazyWriteBufferOptions.DegradedAfter"/>, or a table refuses all rows. It asks no server.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="instance">The instance as given to <c>AddKeyedPgScale</c>; default the unnamed one.</param>
    /// <param name="tags">Tags of the check; default none.</param>
    public static IHealthChecksBuilder AddPgScaleBuffering(this IHealthChecksBuilder builder, string? instance = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var key = instance ?? Options.DefaultName;
        return builder.Add(new(
            key.Length == 0 ? "pgscale-buffering" : $"pgscale-buffering-{key}",
            provider => new LazyWriteBufferHealthCheck(provider.GetKeyedServices<ILazyWriteBuffer>(key), provider.GetRequiredService<TimeProvider>()),
            failureStatus: null,
            tags));
    }

    private static IPgScaleBuilder AddBuffer<T>(this IPgScaleBuilder builder, string name, Action<LazyWriteBufferBuilder<T>> build, Action<LazyWriteBufferOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(build);
        var key = KeyOf(builder, name);
        if (builder.Services.Any(service => service.ServiceType == typeof(LazyWriteBuffer<T>) && key.Equals(service.ServiceKey)))
        {
            throw new InvalidOperationException($"There are two buffers '{key}'. Give one of them another name: AddLazyWriteBuffer(\"name\", …).");
        }

        var definition = new LazyWriteBufferBuilder<T>(key);
        build(definition);
        _ = definition.Plan; // a mistake in it shows here, where the stack trace leads to it
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LazyWriteBufferOptions>, LazyWriteBufferOptionsValidator>());
        if (configure is not null)
        {
            builder.Services.Configure(key, configure);
        }

        var instance = builder.Name;
        builder.Services.TryAddKeyedSingleton(instance, static (provider, key) => new LazyWriteBufferMetrics(
            provider.GetRequiredService<IMeterFactory>(), provider.GetRequiredKeyedService<ClusterMonitor>(key).Instance, provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddKeyedSingleton(key, (provider, _) => Create(provider, instance, definition));
        builder.Services.AddKeyedSingleton<ILazyWriteBuffer>(instance, (provider, _) => provider.GetRequiredKeyedService<LazyWriteBuffer<T>>(key));
        builder.Services.AddSingleton<IHostedService>(provider => new LazyWriteBufferService(
            provider.GetRequiredKeyedService<LazyWriteBuffer<T>>(key),
            provider.GetRequiredKeyedService<ClusterMonitor>(instance),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger(LogCategory),
            provider.GetRequiredService<TimeProvider>()));
        return builder;
    }

    private static LazyWriteBuffer<T> Create<T>(IServiceProvider provider, string instance, LazyWriteBufferBuilder<T> definition)
    {
        var options = provider.GetRequiredService<IOptionsFactory<LazyWriteBufferOptions>>().Create(definition.Name);
        var plan = definition.Plan;
        if (plan.ProblemWith(options.WhenFull) is { } problem)
        {
            throw new OptionsValidationException(definition.Name, typeof(LazyWriteBufferOptions), [$"PgScale:Buffering:{definition.Name}:WhenFull {problem}"]);
        }

        var monitor = provider.GetRequiredKeyedService<ClusterMonitor>(instance);
        _ = CheckTier(monitor, options.Tier, definition.Name);
        var time = provider.GetRequiredService<TimeProvider>();
        var metrics = provider.GetRequiredKeyedService<LazyWriteBufferMetrics>(instance);
        var logger = provider.GetRequiredService<ILoggerFactory>().CreateLogger(LogCategory);
        var store = plan.CreateStore(new(options.MaxItems, options.MaxBytes, options.BatchRows, options.BatchBytes), options.CopyFromRows, definition.Size, time);
        var status = new FlushStatus(definition.Name, store.Sink.Target, logger, metrics);
        var waiters = new RoomWaiters(options.MaxWaiters);
        var profile = new SessionProfile(options.Tier, ReadOnly: false, $"buffer-{definition.Name}") { MaxPoolSize = options.MaxConnections + 1 }; // one for the check at the start
        var session = new PrimarySession(monitor, provider.GetRequiredKeyedService<NodeConnections>(instance), profile, store.Sink, definition.DeadLetters, time);
        var backoff = new Backoff(options.RetryDelay, options.MaxRetryDelay);
        var loop = new FlushLoop(
            store,
            () => new FlushLane(definition.Name, session, new(Guid.NewGuid(), isDurable: false), definition.DeadLetters, status, store.Sink, options.BatchRows, backoff, time),
            new(options.FlushInterval, options.MaxConnections),
            waiters,
            status,
            time);
        metrics.Watch(definition.Name, store);
        return new(new(store, loop, waiters, status, session, options, definition.Redaction, time));
    }

    private static ClusterTier CheckTier(ClusterMonitor monitor, string tier, string name)
    {
        try
        {
            return monitor.Settings.GetTier(tier);
        }
        catch (ArgumentException unknown)
        {
            throw new OptionsValidationException(name, typeof(LazyWriteBufferOptions), [$"PgScale:Buffering:{name}:Tier: {unknown.Message}"]);
        }
    }

    private static string KeyOf(IPgScaleBuilder builder, string name) => builder.Name.Length == 0 ? name : $"{builder.Name}/{name}";
}
