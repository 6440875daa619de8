using System.Diagnostics.CodeAnalysis;
using PgScale.Caching.Tags;

namespace PgScale.Caching.Local;

/// <summary>This process' memory: what may be served from it, and when.</summary>
internal sealed class LocalTier
{
    private readonly LocalStore<LocalEntry> _store;
    private readonly CacheClock _clock;
    private readonly long _withoutRedis;

    internal LocalTier(CacheWithLockingOptions options, CacheClock clock, LocalLease lease, TagRegistry tags)
    {
        _store = new(options.MaxLocalEntries, options.MaxLocalBytes);
        _clock = clock;
        _withoutRedis = (long)options.LocalExpirationWithoutRedis.TotalMilliseconds;
        (Lease, Tags) = (lease, tags);
    }

    internal LocalLease Lease { get; }

    internal TagRegistry Tags { get; }

    internal int Count => _store.Count;

    internal long Bytes => _store.Bytes;

    internal long Evictions => _store.Evictions;

    /// <summary>The usual case: present, not expired, no refresh due, nothing removed, the lease alive.</summary>
    internal bool TryGetFresh<T>(string key, [MaybeNullWhen(false)] out T value)
    {
        if (_store.TryGet(key, out var found) && found is LocalEntry<T> entry && IsFresh(entry))
        {
            value = entry.Read();
            return true;
        }

        value = default;
        return false;
    }

    /// <inheritdoc cref="TryGetFresh{T}(string, out T)"/>
    internal bool TryGetFresh<T>(ReadOnlySpan<char> key, [MaybeNullWhen(false)] out T value)
    {
        if (_store.TryGet(key, out var found) && found is LocalEntry<T> entry && IsFresh(entry))
        {
            value = entry.Read();
            return true;
        }

        value = default;
        return false;
    }

    internal LocalEntry<T>? Find<T>(string key) => _store.TryGet(key, out var found) ? found as LocalEntry<T> : null;

    /// <summary>Whether an entry may be served before it expires; without Redis for a shorter time, since removals cannot be heard of.</summary>
    internal bool IsServable(LocalEntry entry, bool isRedisAway)
    {
        var now = _clock.Now;
        return now < entry.ExpiresAt && IsTrusted(entry, now, isRedisAway);
    }

    /// <summary>Whether an entry may be served in place of a load that failed.</summary>
    internal bool IsServableStale(LocalEntry entry, bool isRedisAway)
    {
        var now = _clock.Now;
        return now < entry.StaleUntil && IsTrusted(entry, now, isRedisAway);
    }

    /// <summary>Tags whose removals this process may have missed: named ones that were not asked for in this epoch; all, when the lease has run out.</summary>
    internal TagState[] UnknownOf(ReadOnlySpan<TagState> named, int epoch)
    {
        if (!Lease.Covers(epoch, _clock.Now))
        {
            return [Tags.AllTag, .. named];
        }

        List<TagState>? unknown = null;
        foreach (var tag in named)
        {
            if (!tag.IsKnownIn(epoch))
            {
                (unknown ??= []).Add(tag);
            }
        }

        return unknown?.ToArray() ?? [];
    }

    internal void Set(string key, LocalEntry entry, long size) => _store.Set(key, entry, size);

    internal void Remove(string key) => _store.Remove(key);

    /// <summary>Removes an entry unless it is the very value that was just set in Redis.</summary>
    internal void RemoveUnless(string key, long stamp)
    {
        if (_store.TryGet(key, out var found) && (stamp == 0 || found.Stamp != stamp))
        {
            _store.Remove(key, found);
        }
    }

    private bool IsFresh(LocalEntry entry)
    {
        var now = _clock.Now;
        return now < entry.FreshUntil && Lease.Covers(entry.Epoch, now) && entry.Tags.AreCurrent;
    }

    private bool IsTrusted(LocalEntry entry, long now, bool isRedisAway) =>
        entry.Tags.AreCurrent
        && (Lease.Covers(entry.Epoch, now)
            || (isRedisAway && now < TrustedSince(entry) + _withoutRedis));

    // Something from an earlier epoch may have been removed unheard; what was loaded without Redis, since it was loaded.
    private long TrustedSince(LocalEntry entry) =>
        entry.Epoch == LocalEntry.Unasked ? entry.LoadedAt
        : entry.Epoch == Lease.Epoch ? Math.Max(entry.LoadedAt, Lease.Until)
        : long.MinValue;
}
