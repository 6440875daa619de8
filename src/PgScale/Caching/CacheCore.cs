using Microsoft.Extensions.Logging;
using PgScale.Caching.Loading;
using PgScale.Caching.Local;
using PgScale.Caching.Redis;
using PgScale.Caching.Serialization;
using PgScale.Cluster;

namespace PgScale.Caching;

/// <summary>What one cache consists of, and what reaches all of it: removals, its own and other processes'.</summary>
internal sealed class CacheCore : IFleetListener, IAsyncDisposable
{
    private bool _isClosed;

    internal required string Instance { get; init; }

    internal required CacheWithLockingOptions Options { get; init; }

    internal required CacheClock Clock { get; init; }

    internal required LocalTier Local { get; init; }

    /// <summary>The second level; null when no Redis is configured.</summary>
    internal RedisTier? Shared { get; set; }

    internal required ValueCodecs Codecs { get; init; }

    internal required FillProof Proof { get; init; }

    internal required CacheMetrics Metrics { get; init; }

    internal required ILogger Logger { get; init; }

    internal required LoadGate Gate { get; init; }

    internal required LoadRunner Loads { get; init; }

    internal required FailureMemory Failures { get; init; }

    internal required TokenLedger Ledger { get; init; }

    /// <summary>The cluster's system identifier; 0 while unknown.</summary>
    internal required Func<ulong> SystemIdentifier { get; init; }

    internal required EntryRules DefaultRules { get; init; }

    internal required FlightTable Flights { get; init; }

    internal bool IsRedisAway => Shared is { IsUsable: false };

    internal long LockPatience => (long)Options.LockPatience.TotalMilliseconds;

    // First what is under way, then what is stored: a load that ends in between does not store.
    public void Removed(string key, long stamp, ConsistencyToken token)
    {
        Ledger.Remember(key, token);
        Flights.Void(key);
        Local.RemoveUnless(key, stamp);
        Failures.Forget(key);
    }

    public void TagRemoved(string tag, long version, ConsistencyToken token) => Local.Tags.Apply(tag, new(version, token));

    // A container disposes of each registration that shows the cache, so this comes more than once.
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, true))
        {
            return;
        }

        if (Shared is not null)
        {
            await Shared.DisposeAsync().ConfigureAwait(false);
        }

        Metrics.Dispose();
    }
}
