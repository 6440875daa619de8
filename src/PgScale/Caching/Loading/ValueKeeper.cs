using PgScale.Caching.Local;
using PgScale.Caching.Redis;
using PgScale.Caching.Serialization;
using PgScale.Caching.Tags;
using PgScale.Cluster;

namespace PgScale.Caching.Loading;

/// <summary>What is kept of one flight's value, where, and what of Redis is good enough for it.</summary>
internal sealed class ValueKeeper<T>(CacheCore core, Flight<T> flight, EntryRules rules, string[] tags)
{
    private readonly ValueCodec<T> _codec = core.Codecs.Get<T>();

    private byte[]? _seen; // all of it, in case that loading it again fails

    private string Key => flight.Key;

    /// <summary>
    /// The first bytes of the value in Redis that was seen and was not good enough, damaged or not; another one, or a lock, is asked for.
    /// </summary>
    internal ReadOnlyMemory<byte> Seen { get; set; }

    /// <summary>What the value must hold: the removals of its key and tags that this process knows, and the caller's own wish.</summary>
    internal ConsistencyToken Required() =>
        Tokens.Greatest(Tokens.Greatest(core.Ledger.Find(Key), flight.Stamps.Token), rules.MinimumToken);

    /// <summary>Takes the tags as they are now; what is removed later was removed after the load began.</summary>
    internal ConsistencyToken Begin()
    {
        flight.Stamps = core.Local.Tags.Stamp(tags);
        return Required();
    }

    /// <summary>Asks Redis for the tags that this process does not know.</summary>
    internal Task LearnTagsAsync(RedisTier shared)
    {
        var unknown = core.Local.UnknownOf(flight.Stamps.Named, flight.Epoch);
        return unknown.Length == 0 ? Task.CompletedTask : LearnAsync();

        async Task LearnAsync()
        {
            await shared.LearnAsync(unknown, flight.Epoch).ConfigureAwait(false);
            flight.Stamps = core.Local.Tags.Stamp(tags);
        }
    }

    /// <summary>Takes a value from Redis if it can be read, is not expired, no tag of it was removed, and it is as fresh as wanted.</summary>
    internal async ValueTask<Filled<T>?> TryAcceptAsync(RedisTier shared, byte[]? bytes)
    {
        if (bytes is null)
        {
            return null;
        }

        (_seen, Seen) = (bytes, StoredValueReader.HeadOf(bytes));
        if (StoredValueReader.Read(bytes, Key, _codec.Fingerprint) is not { } stored)
        {
            core.Metrics.Unreadable();
            return null;
        }

        var now = core.Clock.Now;
        var expiresAt = shared.Clock.ToLocal(stored.ExpiresAt);
        return now >= expiresAt || !shared.IsTrusted(stored.Stamp) || !Tokens.Covers(stored.Token, Required())
            || await SharedTags.StampAsync(core.Local, shared, stored, flight.Epoch).ConfigureAwait(false) is not { } stamps
                ? null
                : Accept(stored, stamps, now, expiresAt);
    }

    /// <summary>The expired value that Redis still had, if nothing of it was removed: for when loading it again failed.</summary>
    internal Filled<T>? ReadExpired(RedisTier shared)
    {
        if (_seen is not { } bytes || StoredValueReader.Read(bytes, Key, _codec.Fingerprint) is not { } stored
            || core.Clock.Now >= shared.Clock.ToLocal(stored.ExpiresAt) + rules.StaleOnFailure || !shared.IsTrusted(stored.Stamp)
            || !Tokens.Covers(stored.Token, Required()) || SharedTags.TryStamp(core.Local, stored, flight.Epoch) is null)
        {
            return null;
        }

        try
        {
            return Read(stored);
        }
        catch (Exception failure)
        {
            return Unreadable(failure);
        }
    }

    /// <summary>Stores under the lock and tells those who wait, or tells them that there is nothing to wait for.</summary>
    internal async Task<Filled<T>> CommitAsync(RedisTier shared, string owner, Loaded<T> loaded)
    {
        var (filled, bytes) = Pack(loaded);
        var lifetime = LifetimeOf(loaded.Value);
        var payload = loaded.IsProven && lifetime > 0 && bytes is { } body ? Write(loaded, body) : null;
        if (payload is null || payload.Length > core.Options.MaxPayloadBytes)
        {
            core.Metrics.NotShared(!loaded.IsProven ? "unproven" : payload is null ? "not_kept" : "too_large");
            await shared.ReleaseAsync(Key, owner, KeySignal.Unshared).ConfigureAwait(false);
            return KeepLocally(filled, loaded, lifetime, stamp: 0, bytes, isAsked: true);
        }

        var reply = await shared.CommitAsync(Key, owner, payload, lifetime, lifetime + rules.StaleOnFailure).ConfigureAwait(false);
        if (reply is { IsAvailable: true, Value: 0 })
        {
            core.Metrics.NotShared("lock_lost");
            return filled; // removed, set or taken over meanwhile: what was read may be old
        }

        return KeepLocally(filled, loaded, lifetime, reply.Value, bytes, isAsked: true);
    }

    /// <summary>Keeps what was loaded without a lock in this process alone.</summary>
    /// <param name="loaded">What was loaded.</param>
    /// <param name="isAsked">Whether Redis said what the load must hold; if not, the value is served only until Redis is used again.</param>
    internal Filled<T> KeepUnlocked(Loaded<T> loaded, bool isAsked)
    {
        var (filled, bytes) = Pack(loaded);
        return KeepLocally(filled, loaded, LifetimeOf(loaded.Value), stamp: 0, bytes, isAsked || core.Shared is null);
    }

    /// <summary>Gives what was loaded to its callers alone.</summary>
    internal Filled<T> KeepNowhere(Loaded<T> loaded) => Pack(loaded).Filled;

    private Filled<T>? Accept(StoredValue stored, TagStamps stamps, long now, long expiresAt)
    {
        try
        {
            var filled = Read(stored);
            flight.Stamps = stamps;
            if (rules.WritesLocal)
            {
                Store(filled, now, expiresAt, stored.LoadMilliseconds, stored.Stamp, stored.Body.Length, isAsked: true);
            }

            return filled;
        }
        catch (Exception failure)
        {
            return Unreadable(failure);
        }
    }

    private Filled<T> Read(StoredValue stored)
    {
        var value = stored.IsNull ? default! : _codec.Read(stored.Body);
        var copies = stored.IsNull || _codec.Shares(rules.ShareInstance) ? null : _codec.CopiesOf(stored.Body);
        return new(value, copies, stored.Token) { IsFromRedis = true };
    }

    private Filled<T>? Unreadable(Exception failure)
    {
        core.Metrics.Unreadable();
        CacheLog.NotReadable(core.Logger, failure, core.Instance, typeof(T));
        return null;
    }

    // A value that cannot be written is still a value: its callers get it, and it is not stored where bytes are needed.
    private (Filled<T> Filled, ReadOnlyMemory<byte>? Bytes) Pack(Loaded<T> loaded)
    {
        var shares = loaded.Value is null || _codec.Shares(rules.ShareInstance);
        if (shares && core.Shared is null)
        {
            return (new(loaded.Value, null, loaded.Token), null);
        }

        try
        {
            var bytes = loaded.Value is null ? ReadOnlyMemory<byte>.Empty : _codec.Write(loaded.Value);
            return (new(loaded.Value, shares ? null : _codec.CopiesOf(bytes), loaded.Token), bytes);
        }
        catch (Exception failure)
        {
            core.Metrics.NotShared("not_serializable");
            CacheLog.NotSerializable(core.Logger, failure, core.Instance, typeof(T));
            return (new(loaded.Value, null, loaded.Token), null);
        }
    }

    private byte[] Write(Loaded<T> loaded, ReadOnlyMemory<byte> body) => StoredValueWriter.Write(
        Key, _codec.Fingerprint, loaded.Value is null, body, loaded.Milliseconds, loaded.Token, flight.Stamps,
        rules.Compresses ? core.Options.CompressionThreshold : null);

    private long LifetimeOf(T value)
    {
        var expiration = value is null ? rules.NullExpiration : rules.Expiration;
        return expiration == 0 ? 0 : Lifetimes.Jittered(expiration, core.Options.ExpirationJitter);
    }

    private Filled<T> KeepLocally(Filled<T> filled, Loaded<T> loaded, long lifetime, long stamp, ReadOnlyMemory<byte>? bytes, bool isAsked)
    {
        var lacksCopies = loaded.Value is not null && !_codec.Shares(rules.ShareInstance) && filled.Copies is null;
        if (loaded.IsProven && lifetime > 0 && rules.WritesLocal && !lacksCopies)
        {
            var now = core.Clock.Now;
            Store(filled, now, now + lifetime, loaded.Milliseconds, stamp, bytes?.Length ?? LocalSize.Of(loaded.Value), isAsked);
        }

        return filled;
    }

    private void Store(Filled<T> filled, long now, long expiresAt, int loadMilliseconds, long stamp, long size, bool isAsked)
    {
        var localEnd = Math.Min(expiresAt, now + rules.LocalExpiration);
        var lead = Lifetimes.RefreshLead(expiresAt - now, loadMilliseconds, rules.EarlyRefresh);
        var entry = new LocalEntry<T>(filled)
        {
            LoadedAt = now,
            ExpiresAt = localEnd,
            FreshUntil = lead > 0 ? Math.Min(localEnd, expiresAt - lead) : localEnd,
            StaleUntil = expiresAt + rules.StaleOnFailure,
            Epoch = isAsked ? flight.Epoch : LocalEntry.Unasked,
            Tags = flight.Stamps,
            Token = filled.Token,
            Stamp = stamp,
        };
        flight.TryStore(core.Local, entry, size);
    }
}
