using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using PgScale.Caching.Loading;
using PgScale.Caching.Local;
using PgScale.Caching.Redis;
using PgScale.Caching.Tags;
using PgScale.Cluster;

namespace PgScale.Caching;

/// <summary>Puts a cache together.</summary>
internal static class CacheAssembly
{
    internal static CacheCore Create(
        string name, CacheWithLockingOptions options, IServiceProvider services, Func<ClusterSnapshot> cluster, IMeterFactory meters, ILogger logger, TimeProvider time)
    {
        var clock = new CacheClock(time);
        var lease = options.Redis is null ? LocalLease.Endless() : LocalLease.Of(options.LocalLease);
        var tags = new TagRegistry();
        var instance = name.Length == 0 ? "default" : name;
        var metrics = new CacheMetrics(meters, instance);
        var proof = new FillProof(cluster);
        var gate = new LoadGate(options.MaxConcurrentLoads, options.MaxQueuedLoads);
        CacheCore? core = null;
        core = new()
        {
            Instance = instance,
            Options = options,
            Clock = clock,
            Local = new(options, clock, lease, tags),
            Flights = new(lease, clock, () => core!.IsRedisAway),
            Codecs = new(services, name, options.GetJson(), options.GetImmutableTypes()),
            Proof = proof,
            SystemIdentifier = () => cluster().SystemIdentifier,
            Metrics = metrics,
            Logger = logger,
            Gate = gate,
            Loads = new(options, gate, proof, metrics, time, instance),
            Failures = new(options.FailureBackoff, options.MaxFailureBackoff, clock),
            Ledger = new(options.MaxRememberedRemovals, options.RemovalMemory, clock),
            DefaultRules = EntryRules.Of(options),
        };
        core.Metrics.Watch(core);
        core.Shared = options.Redis is { } redis ? Connect(redis, core, lease, tags) : null;
        return core;
    }

    private static RedisTier Connect(string redis, CacheCore core, LocalLease lease, TagRegistry tags)
    {
        var (options, clock) = (core.Options, core.Clock);
        var names = new RedisNames(options.Namespace ?? (string.Equals(core.Instance, "default", StringComparison.Ordinal) ? "pgscale" : $"pgscale-{core.Instance}"));
        var id = Guid.NewGuid().ToString("N");
        var signals = new KeySignals();
        var watcher = new RedisWatcher(core.Logger, core.Instance);
        RedisSession? session = null;
        RedisPresence? presence = null;
        var link = new RedisLink(redis, () =>
        {
            lease.Revoke(clock.Now);
            session?.Trip("the connection broke");
        });
        session = new RedisSession(link, signals, clock, options.RedisTimeout, reason =>
        {
            presence?.Lost();
            watcher.Lost(reason);
        });
        var fleet = new Fleet(id, core, signals, clock);
        var locks = new RedisLocks(id, session, clock, options.LockLease);
        var remembered = new RememberedRemovals(options.MaxRememberedRemovals, clock);
        var replay = new RedisReplay(remembered, KnownTokens, names, id, (long)options.RemovalMemory.TotalMilliseconds);
        var turn = RedisPresence.TurnOf(options);
        var heartbeat = new RedisHeartbeat(link, session, names, fleet, replay, lease, tags, clock, watcher);
        presence = new RedisPresence(link, session, names, fleet, locks, replay, heartbeat, lease, clock, turn, watcher);
        presence.Begin();
        return new(names, session, presence, new(session, fleet, clock, options.LocalLease, turn), fleet, locks, remembered, signals, options);

        IEnumerable<(bool IsTag, string Name, ConsistencyToken Token)> KnownTokens() =>
            tags.AllTokens().Select(static tag => (true, tag.Tag, tag.Token)).Concat(core.Ledger.AllTokens().Select(static key => (false, key.Key, key.Token)));
    }
}
