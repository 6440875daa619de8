using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PgScale.Buffering.Flushing;
using PgScale.Buffering.Holding;
using PgScale.Buffering.Spool;
using PgScale.Cluster;

namespace PgScale.Buffering;

/// <summary>Puts a buffer together when it is first asked for: the options are read and checked here.</summary>
internal sealed class BufferAssembly<T>(IServiceProvider provider, string instance, LazyWriteBufferBuilder<T> definition)
{
    private readonly ILogger _logger = provider.GetRequiredService<ILoggerFactory>().CreateLogger("PgScale.Buffering");
    private readonly TimeProvider _time = provider.GetRequiredService<TimeProvider>();

    private string Name => definition.Name;

    internal LazyWriteBuffer<T> Build()
    {
        var options = provider.GetRequiredService<IOptionsFactory<LazyWriteBufferOptions>>().Create(Name);
        var monitor = provider.GetRequiredKeyedService<ClusterMonitor>(instance);
        var plan = definition.Plan;
        Require(plan.ProblemWith(options.WhenFull) is null, "WhenFull", () => plan.ProblemWith(options.WhenFull)!);
        Require(monitor.Settings.Tiers.ContainsKey(options.Tier), "Tier", () => $"is '{options.Tier}', which is none of {string.Join(", ", monitor.Settings.Tiers.Keys)}. Use one of them, or add it under PgScale:Tiers.");
        var metrics = provider.GetRequiredKeyedService<LazyWriteBufferMetrics>(instance);
        var store = Durably(
            plan.CreateStore(new(options.MaxItems, options.MaxBytes, options.BatchRows, options.BatchBytes), options.CopyFromRows, definition.Size, _time), options);
        var status = new FlushStatus(Name, store.Sink.Target, _logger, metrics);
        if (store is DurableStore<T> durable)
        {
            durable.Refused = status.ItemLost;
        }

        var waiters = new RoomWaiters(options.MaxWaiters);
        var profile = new SessionProfile(options.Tier, ReadOnly: false, $"buffer-{Name}") { MaxPoolSize = options.MaxConnections + 1 }; // one for the check at the start
        var session = new PrimarySession(monitor, provider.GetRequiredKeyedService<NodeConnections>(instance), profile, store.Sink, definition.DeadLetters, _time);
        var backoff = new Backoff(options.RetryDelay, options.MaxRetryDelay);
        var recovery = new LedgerRecovery(store, session, status, backoff, _time);
        var loop = new FlushLoop(
            store,
            () => new FlushLane(Name, session, LedgerOf(store), definition.DeadLetters, status, store.Sink, options.BatchRows, backoff, store.Release, _time),
            recovery.RunAsync,
            new(options.FlushInterval, options.MaxConnections),
            waiters,
            status,
            _time);
        metrics.Watch(Name, store);
        return new(new(store, loop, waiters, status, session, options, definition.Redaction, _time));
    }

    private ItemStore<T> Durably(ItemStore<T> store, LazyWriteBufferOptions options)
    {
        var hasDirectory = !string.IsNullOrWhiteSpace(options.SpoolDirectory);
        if (definition.Format is not { } format)
        {
            Require(!hasDirectory, "SpoolDirectory", () => "is set, but the buffer is not durable. Call Durable in AddLazyWriteBuffer, or leave the directory out.");
            return store;
        }

        Require(hasDirectory, "SpoolDirectory", () => "is empty, but the buffer is durable. Name a directory on a local disk, for this buffer alone.");
        Require(options.WhenFull != FullPolicy.DropOldest, "WhenFull", () => "is DropOldest, but a durable buffer forgets nothing that it has acknowledged. Use Wait, Reject or DropNewest.");
        var settings = new SpoolSettings
        {
            Directory = options.SpoolDirectory,
            MaxBytes = options.SpoolMaxBytes,
            FsyncInterval = options.SpoolFsyncInterval,
            Time = _time,
            Logger = _logger,
        };
        return new DurableStore<T>(store, settings, format, options.MaxItems);
    }

    private static Ledger LedgerOf(ItemStore<T> store) => store.DurableId is { } spool ? new(spool, isDurable: true, store.Committed) : new(Guid.NewGuid(), isDurable: false);

    private void Require(bool holds, string setting, Func<string> problem)
    {
        if (!holds)
        {
            throw new OptionsValidationException(Name, typeof(LazyWriteBufferOptions), [$"PgScale:Buffering:{Name}:{setting} {problem()}"]);
        }
    }
}
