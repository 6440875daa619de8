using System.Diagnostics.Metrics;
using PgScale.Diagnostics;

namespace PgScale.Caching;

/// <summary>What caching measures, for one instance.</summary>
internal sealed class CacheMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly KeyValuePair<string, object?> _instance;
    private readonly Counter<long> _reads;
    private readonly Counter<long> _notShared;
    private readonly Counter<long> _unreadable;
    private readonly Counter<long> _refreshes;
    private readonly Counter<long> _removals;
    private readonly Counter<long> _gaveUp;
    private readonly Histogram<double> _loads;
    private readonly Histogram<double> _waits;

    private CacheCore? _core;
    private int _loading;

    internal CacheMetrics(IMeterFactory factory, string instance)
    {
        _meter = factory.Create(PgScaleTelemetry.MeterName);
        _instance = new(PgScaleTelemetry.InstanceTag, instance);
        _reads = _meter.CreateCounter<long>("pgscale.caching.reads", "{read}", "Reads, by how they were served: local, redis, loaded, joined, stale, failed.");
        _notShared = _meter.CreateCounter<long>("pgscale.caching.not_shared", "{value}", "Loaded values that Redis did not get, by reason.");
        _unreadable = _meter.CreateCounter<long>("pgscale.caching.unreadable", "{value}", "Values in Redis that could not be read: damaged, of another version or type.");
        _refreshes = _meter.CreateCounter<long>("pgscale.caching.early_refreshes", "{refresh}", "Refreshes begun before expiration.");
        _removals = _meter.CreateCounter<long>("pgscale.caching.removals", "{removal}", "Removals by key or tag, by how far they had got when the call returned.");
        _gaveUp = _meter.CreateCounter<long>("pgscale.caching.lock.gave_up", "{wait}", "Waits for another process' load that took too long.");
        _loads = _meter.CreateHistogram<double>("pgscale.caching.load.duration", "s", "Time that loads took, by how they ended.");
        _waits = _meter.CreateHistogram<double>("pgscale.caching.lock.wait", "s", "Time spent waiting for another process' load.");
        Observe("pgscale.caching.loads", "{load}", "Loads under way.", core => Volatile.Read(ref _loading));
        Observe("pgscale.caching.loads.queued", "{load}", "Loads that wait for their turn.", static core => core.Gate.Waiting);
        Observe("pgscale.caching.local.entries", "{entry}", "Entries in memory.", static core => core.Local.Count);
        Observe("pgscale.caching.local.bytes", "By", "Bytes of the entries in memory, as far as known.", static core => core.Local.Bytes);
        Observe("pgscale.caching.redis.usable", "{redis}", "1 while Redis is used, 0 while it cannot be.", static core => core.IsRedisAway ? 0 : 1, IsShared);
        Observe("pgscale.caching.removals.pending", "{removal}", "Removals that Redis has not got yet.", static core => core.Shared?.PendingRemovals ?? 0, IsShared);

        static bool IsShared(CacheCore core) => core.Shared is not null;
    }

    internal void Watch(CacheCore core) => _core = core;

    internal void Read(string outcome)
    {
        if (_reads.Enabled)
        {
            _reads.Add(1, _instance, new(PgScaleTelemetry.OutcomeTag, outcome));
        }
    }

    internal void LoadStarted() => Interlocked.Increment(ref _loading);

    internal void LoadEnded(TimeSpan took, string outcome)
    {
        Interlocked.Decrement(ref _loading);
        _loads.Record(took.TotalSeconds, _instance, new(PgScaleTelemetry.OutcomeTag, outcome));
    }

    internal void NotShared(string reason) => _notShared.Add(1, _instance, new("pgscale.reason", reason));

    internal void Unreadable() => _unreadable.Add(1, _instance);

    internal void Refreshed() => _refreshes.Add(1, _instance);

    internal void GaveUpWaiting() => _gaveUp.Add(1, _instance);

    internal void WaitedForLock(long milliseconds) => _waits.Record(milliseconds / 1000.0, _instance);

    internal void Removed(RemovalReach reach) =>
        _removals.Add(1, _instance, new(PgScaleTelemetry.OutcomeTag, reach == RemovalReach.Everywhere ? "everywhere" : "this_process"));

    public void Dispose() => _core = null; // the meter belongs to the factory

    private void Observe(string name, string unit, string description, Func<CacheCore, long> read, Predicate<CacheCore>? when = null) =>
        _meter.CreateObservableGauge(
            name,
            () => _core is { } core && (when?.Invoke(core) ?? true) ? (IEnumerable<Measurement<long>>)[new(read(core), _instance)] : [],
            unit,
            description);
}
