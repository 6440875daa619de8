using PgScale.Caching.Local;
using PgScale.Caching.Redis;
using PgScale.Caching.Serialization;
using PgScale.Caching.Tags;
using PgScale.Cluster;

namespace PgScale.Caching.Loading;

/// <summary>One flight from miss to value: look into Redis, get the lock or wait for who has it, load, store, tell.</summary>
internal sealed class Fill<T>(CacheCore core, Flight<T> flight, Loader<T> loader, EntryRules rules, string[] tags, LocalEntry<T>? known)
{
    private const long PollMilliseconds = 500; // a message may be lost; nobody waits for it longer than that
    private const long LockSlackMilliseconds = 5;
    private const int MaxFailuresElsewhere = 2;

    private readonly ValueCodec<T> _codec = core.Codecs.Get<T>();
    private readonly int _epoch = core.Local.Lease.Epoch;

    private long _knownStamp;

    internal bool IsRefresh { get; init; }

    private string Key => flight.Key;

    internal async Task<Filled<T>> RunAsync()
    {
        try
        {
            var filled = core.Shared is { IsUsable: true } shared && (rules.ReadsShared || rules.WritesShared)
                ? await ShareAsync(shared).ConfigureAwait(false)
                : await LoadUnlockedAsync(default, mayStore: true).ConfigureAwait(false);
            core.Failures.Forget(Key);
            return filled;
        }
        catch (Exception failure) when (!flight.Abandoned.IsCancellationRequested)
        {
            core.Failures.Remember(Key, failure);
            core.Metrics.LoadFailed();
            if (TryGetStale() is { } stale)
            {
                CacheLog.ServedStale(core.Logger, failure, core.Instance);
                return stale;
            }

            throw;
        }
    }

    private async Task<Filled<T>> ShareAsync(RedisTier shared)
    {
        await LearnTagsAsync(shared).ConfigureAwait(false);
        _knownStamp = IsRefresh ? known?.Stamp ?? 0 : 0;
        if (rules.ReadsShared && !IsRefresh && await LookAsync(shared).ConfigureAwait(false) is { } filled)
        {
            return filled;
        }

        return rules.WritesShared
            ? await CompeteAsync(shared).ConfigureAwait(false)
            : await LoadUnlockedAsync(default, mayStore: true).ConfigureAwait(false);
    }

    /// <summary>What Redis has, if it may be served.</summary>
    internal async Task<Filled<T>?> LookAsync(RedisTier shared)
    {
        var read = await shared.ReadAsync(Key).ConfigureAwait(false);
        return read.IsAvailable ? await TryAcceptAsync(shared, read.Value).ConfigureAwait(false) : null;
    }

    private async Task<Filled<T>> CompeteAsync(RedisTier shared)
    {
        var giveUpAt = core.Clock.Now + core.LockPatience;
        for (var failures = 0; core.Clock.Now < giveUpAt;)
        {
            var next = shared.Signals.Next(Key); // before Redis is asked, or the wake-up may be missed
            var acquisition = await shared.AcquireAsync(Key, _knownStamp).ConfigureAwait(false);
            switch (acquisition.Kind)
            {
                case AcquisitionKind.Won:
                    return await LoadLockedAsync(shared, acquisition).ConfigureAwait(false);
                case AcquisitionKind.Unavailable:
                    return await LoadUnlockedAsync(default, mayStore: true).ConfigureAwait(false);
                case AcquisitionKind.Value:
                    if (await TryAcceptAsync(shared, acquisition.Value).ConfigureAwait(false) is { } filled)
                    {
                        shared.Signals.Forget(Key);
                        return filled;
                    }

                    continue;
            }

            var signal = await WaitAsync(next, acquisition.BusyMilliseconds).ConfigureAwait(false);
            if (signal is KeySignal.Lost or KeySignal.Unshared)
            {
                return await LoadUnlockedAsync(acquisition.Token, mayStore: true).ConfigureAwait(false);
            }

            if (signal == KeySignal.Failed && ++failures >= MaxFailuresElsewhere)
            {
                throw new CacheLoadException(
                    CacheLoadFailure.FailedElsewhere,
                    "The value was not loaded: the loads of other processes that this one waited for failed twice in a row; their logs say why.");
            }
        }

        core.Metrics.GaveUpWaiting();
        return await LoadUnlockedAsync(default, mayStore: false).ConfigureAwait(false);
    }

    private async Task<KeySignal> WaitAsync(Task<KeySignal> next, long busyMilliseconds)
    {
        var patience = Math.Clamp(busyMilliseconds + LockSlackMilliseconds, LockSlackMilliseconds, PollMilliseconds);
        var startedAt = core.Clock.Now;
        try
        {
            return await next.WaitAsync(TimeSpan.FromMilliseconds(patience), core.Clock.Time, flight.Abandoned).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return KeySignal.None;
        }
        finally
        {
            core.Metrics.WaitedForLock(core.Clock.Now - startedAt);
        }
    }

    private async Task<Filled<T>> LoadLockedAsync(RedisTier shared, Acquisition acquisition)
    {
        var required = Tokens.Greatest(acquisition.Token, Required());
        if (!loader.IsTold && !core.Proof.Holds(required))
        {
            // What is loaded now cannot be stored, so nobody is made to wait for it.
            await shared.ReleaseAsync(Key, acquisition.Owner, KeySignal.Unshared).ConfigureAwait(false);
            return await LoadUnlockedAsync(required, mayStore: false).ConfigureAwait(false);
        }

        Loaded<T> loaded;
        try
        {
            loaded = await LoadAsync(required).ConfigureAwait(false);
        }
        catch
        {
            await shared.ReleaseAsync(Key, acquisition.Owner, KeySignal.Failed).ConfigureAwait(false);
            throw;
        }

        return await CommitAsync(shared, acquisition.Owner, loaded).ConfigureAwait(false);
    }

    private async Task<Filled<T>> CommitAsync(RedisTier shared, string owner, Loaded<T> loaded)
    {
        var (filled, bytes) = Pack(loaded);
        var lifetime = LifetimeOf(loaded.Value);
        var payload = loaded.IsProven && lifetime > 0 && bytes is { } body ? Write(loaded, body) : null;
        if (payload is null || payload.Length > core.Options.MaxPayloadBytes)
        {
            core.Metrics.NotShared(loaded.IsProven ? lifetime > 0 ? "too_large" : "null" : "unproven");
            await shared.ReleaseAsync(Key, owner, KeySignal.Unshared).ConfigureAwait(false);
            return StoreLocally(filled, loaded, lifetime, stamp: 0, bytes);
        }

        var reply = await shared.CommitAsync(Key, owner, payload, lifetime, lifetime + rules.StaleOnFailure).ConfigureAwait(false);
        if (reply is { IsAvailable: true, Value: 0 })
        {
            core.Metrics.NotShared("lock_lost");
            return filled; // removed, set or taken over meanwhile: what was read may be old
        }

        return StoreLocally(filled, loaded, lifetime, reply.Value, bytes);
    }

    private async Task<Filled<T>> LoadUnlockedAsync(ConsistencyToken required, bool mayStore)
    {
        var loaded = await LoadAsync(required).ConfigureAwait(false);
        var (filled, bytes) = Pack(loaded);
        return mayStore ? StoreLocally(filled, loaded, LifetimeOf(loaded.Value), stamp: 0, bytes) : filled;
    }

    private async Task<Loaded<T>> LoadAsync(ConsistencyToken asked)
    {
        await core.Gate.EnterAsync(flight.Abandoned).ConfigureAwait(false);
        core.Metrics.LoadStarted();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(flight.Abandoned);
        var time = core.Clock.Time;
        var startedAt = time.GetTimestamp();
        var outcome = "failed";
        try
        {
            flight.Stamps = core.Local.Tags.Stamp(tags);
            var required = Tokens.Greatest(asked, Required()); // after the stamps: a removal in between asks more, never less
            var held = core.Proof.Floor(time.GetUtcNow());
            var isProvable = !loader.IsTold && core.Proof.Holds(required);
            var context = new CacheFillContext(required);
            var value = await loader.LoadAsync(context, ending.Token).AsTask().WaitAsync(core.Options.LoadTimeout, time, flight.Abandoned).ConfigureAwait(false);
            var isProven = context.IsPromised || required.IsNone || (isProvable && core.Proof.Holds(required));
            outcome = "loaded";
            return new(value, isProven, isProven ? Tokens.Greatest(held, required) : default, (int)time.GetElapsedTime(startedAt).TotalMilliseconds);
        }
        catch (TimeoutException late) when (time.GetElapsedTime(startedAt) >= core.Options.LoadTimeout)
        {
            outcome = "timeout";
            throw new CacheLoadException(
                CacheLoadFailure.TimedOut,
                $"The value was not loaded within {core.Options.LoadTimeout.TotalSeconds:0.###} s (PgScale:Caching:LoadTimeout). Its load was cancelled; make it faster or allow it more time.",
                late);
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            core.Gate.Leave();
            core.Metrics.LoadEnded(time.GetElapsedTime(startedAt), outcome);
        }
    }

    /// <summary>What the value must hold: the removals of its key and tags that this process knows, and the caller's own wish.</summary>
    private ConsistencyToken Required() => Tokens.Greatest(Tokens.Greatest(core.Ledger.Find(Key), flight.Stamps.Token), rules.MinimumToken);

    private long LifetimeOf(T value) => Lifetimes.Jittered(value is null ? rules.NullExpiration : rules.Expiration, core.Options.ExpirationJitter) is var lifetime
        && value is null && rules.NullExpiration == 0 ? 0 : lifetime;

    private byte[] Write(Loaded<T> loaded, ReadOnlyMemory<byte> body) => StoredValueWriter.Write(
        Key, _codec.Fingerprint, loaded.Value is null, body, loaded.Milliseconds, loaded.Token, flight.Stamps,
        rules.Compresses ? core.Options.CompressionThreshold : null);

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

    private Filled<T> StoreLocally(Filled<T> filled, Loaded<T> loaded, long lifetime, long stamp, ReadOnlyMemory<byte>? bytes)
    {
        var mustCopy = loaded.Value is not null && !_codec.Shares(rules.ShareInstance) && filled.Copies is null;
        if (loaded.IsProven && lifetime > 0 && rules.WritesLocal && !mustCopy)
        {
            var now = core.Clock.Now;
            Store(filled, now, now + lifetime, loaded.Milliseconds, stamp, bytes?.Length ?? LocalSize.Of(loaded.Value));
        }

        return filled;
    }

    private void Store(Filled<T> filled, long now, long expiresAt, int loadMilliseconds, long stamp, long size)
    {
        var localEnd = Math.Min(expiresAt, now + rules.LocalExpiration);
        var lead = Lifetimes.RefreshLead(expiresAt - now, loadMilliseconds, rules.EarlyRefresh);
        flight.TryStore(core.Local, new LocalEntry<T>(filled)
        {
            LoadedAt = now,
            ExpiresAt = localEnd,
            FreshUntil = lead > 0 ? Math.Min(localEnd, expiresAt - lead) : localEnd,
            StaleUntil = expiresAt + rules.StaleOnFailure,
            Epoch = _epoch,
            Tags = flight.Stamps,
            Token = filled.Token,
            Stamp = stamp,
        }, size);
    }

    private Task LearnTagsAsync(RedisTier shared)
    {
        var unknown = flight.Stamps.Named.ToArray();
        unknown = Array.FindAll(unknown, tag => !tag.IsKnownIn(_epoch));
        return unknown.Length == 0 ? Task.CompletedTask : LearnAsync();

        async Task LearnAsync()
        {
            await shared.LearnAsync(unknown, _epoch).ConfigureAwait(false);
            flight.Stamps = core.Local.Tags.Stamp(tags);
        }
    }

    /// <summary>Takes a value from Redis if it can be read, is not expired, no tag of it was removed, and it is as fresh as wanted.</summary>
    private async ValueTask<Filled<T>?> TryAcceptAsync(RedisTier shared, byte[]? bytes)
    {
        if (bytes is null)
        {
            return null;
        }

        _knownStamp = StoredValueReader.StampOf(bytes);
        if (StoredValueReader.Read(bytes, Key, _codec.Fingerprint) is not { } stored)
        {
            core.Metrics.Unreadable();
            return null;
        }

        var now = core.Clock.Now;
        var expiresAt = shared.Clock.ToLocal(stored.ExpiresAt);
        if (now >= expiresAt || !shared.IsTrusted(stored.Stamp) || !Tokens.Covers(stored.Token, Required())
            || await SharedTags.StampAsync(core.Local.Tags, shared, stored, _epoch).ConfigureAwait(false) is not { } stamps)
        {
            return null;
        }

        return Accept(stored, stamps, now, expiresAt);
    }

    private Filled<T>? Accept(StoredValue stored, TagStamps stamps, long now, long expiresAt)
    {
        try
        {
            var value = stored.IsNull ? default! : _codec.Read(stored.Body);
            var copies = stored.IsNull || _codec.Shares(rules.ShareInstance) ? null : _codec.CopiesOf(stored.Body);
            var filled = new Filled<T>(value, copies, stored.Token);
            flight.Stamps = stamps;
            if (rules.WritesLocal)
            {
                Store(filled, now, expiresAt, stored.LoadMilliseconds, stored.Stamp, stored.Body.Length);
            }

            core.Metrics.Hit("redis");
            return filled;
        }
        catch (Exception failure)
        {
            core.Metrics.Unreadable();
            CacheLog.NotReadable(core.Logger, failure, core.Instance, typeof(T));
            return null;
        }
    }

    private Filled<T>? TryGetStale() =>
        known is not null && !flight.IsVoided && core.Local.IsServableStale(known, core.IsRedisAway) && Tokens.Covers(known.Token, rules.MinimumToken)
            ? new(known.Read(), null, known.Token)
            : null;
}
