using PgScale.Caching.Local;
using PgScale.Caching.Redis;
using PgScale.Caching.Serialization;
using PgScale.Cluster;

namespace PgScale.Caching.Loading;

/// <summary>One flight from miss to value: look into Redis, get the lock or wait for who has it, load, store, tell.</summary>
internal sealed class Fill<T>(CacheCore core, Flight<T> flight, Loader<T> loader, EntryRules rules, string[] tags, LocalEntry<T>? known)
{
    private const long PollMilliseconds = 500; // a message may be lost; nobody waits for it longer than that
    private const long LockSlackMilliseconds = 5;
    private const int MaxFailuresElsewhere = 2;

    private readonly ValueKeeper<T> _keeper = new(core, flight, rules, tags);

    /// <summary>Whether it runs behind its callers' backs while the known value still holds.</summary>
    internal bool IsRefresh { get; init; }

    private string Key => flight.Key;

    /// <summary>Completes the flight, with a value or with what went wrong.</summary>
    internal async Task RunAsync()
    {
        try
        {
            var filled = await FillAsync().ConfigureAwait(false);
            core.Failures.Forget(Key);
            flight.Complete(filled);
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
        finally
        {
            core.Flights.Remove(flight);
        }
    }

    /// <summary>
    /// Completes the flight with the expired value if it may still be served, else with the failure; later callers are told of it for a
    /// while.
    /// </summary>
    internal void Fail(Exception failure)
    {
        if (Recover(failure) is { } stale)
        {
            flight.Complete(stale);
        }
        else
        {
            flight.Fail(failure);
        }
    }

    private Filled<T>? Recover(Exception failure)
    {
        if (flight.IsAbandoned)
        {
            return null; // nobody is there
        }

        core.Failures.Remember(Key, failure);
        var stale = TryGetStale();
        core.Metrics.Read(stale is null ? "failed" : "stale");
        if (stale is not null)
        {
            CacheLog.ServedStale(core.Logger, failure, core.Instance);
        }

        return stale;
    }

    /// <summary>What Redis has, if it may be served.</summary>
    internal async Task<Filled<T>?> LookAsync(RedisTier shared)
    {
        var read = await shared.ReadAsync(Key).ConfigureAwait(false);
        return read.IsAvailable ? await _keeper.TryAcceptAsync(shared, read.Value).ConfigureAwait(false) : null;
    }

    /// <summary>Gets the lock and loads, or waits for the value of who has it.</summary>
    internal async Task<Filled<T>> CompeteAsync(RedisTier shared)
    {
        var wait = shared.Signals.Join(Key);
        try
        {
            return await CompeteAsync(shared, wait).ConfigureAwait(false);
        }
        finally
        {
            shared.Signals.Leave(Key, wait);
        }
    }

    private async Task<Filled<T>> CompeteAsync(RedisTier shared, KeyWait wait)
    {
        var giveUpAt = core.Clock.Now + core.LockPatience;
        for (var failures = 0; core.Clock.Now < giveUpAt;)
        {
            var next = wait.Next; // before Redis is asked, or the wake-up may be missed
            var acquisition = await shared.AcquireAsync(Key, _keeper.Seen).ConfigureAwait(false);
            switch (acquisition.Kind)
            {
                case AcquisitionKind.Won:
                    return await LoadLockedAsync(shared, acquisition).ConfigureAwait(false);
                case AcquisitionKind.Unavailable:
                    return await LoadWithoutLockAsync().ConfigureAwait(false);
                case AcquisitionKind.Value:
                    if (await _keeper.TryAcceptAsync(shared, acquisition.Value).ConfigureAwait(false) is { } filled)
                    {
                        return filled;
                    }

                    continue;
            }

            var signal = await WaitAsync(next, acquisition.BusyMilliseconds).ConfigureAwait(false);
            if (signal is KeySignal.Lost or KeySignal.Unshared)
            {
                return _keeper.KeepUnlocked(await LoadAsync(acquisition.Token).ConfigureAwait(false), isAsked: true);
            }

            if (signal == KeySignal.Failed && ++failures >= MaxFailuresElsewhere)
            {
                throw new CacheLoadException(
                    CacheLoadFailure.FailedElsewhere,
                    "The value was not loaded: the loads of other processes that this one waited for failed twice in a row; their logs say why.");
            }
        }

        core.Metrics.GaveUpWaiting();
        return _keeper.KeepNowhere(await LoadAsync(default).ConfigureAwait(false));
    }

    private Task<Filled<T>> FillAsync() =>
        core.Shared is { IsUsable: true } shared && (rules.ReadsShared || rules.WritesShared) ? ShareAsync(shared) : LoadWithoutLockAsync();

    private async Task<Filled<T>> ShareAsync(RedisTier shared)
    {
        await _keeper.LearnTagsAsync(shared).ConfigureAwait(false);
        _keeper.Seen = IsRefresh && known is not null ? StoredValueReader.HeadOf(known.Stamp) : default;
        if (rules.ReadsShared && !IsRefresh)
        {
            var read = await shared.ReadAsync(Key).ConfigureAwait(false);
            if (read.IsAvailable && await _keeper.TryAcceptAsync(shared, read.Value).ConfigureAwait(false) is { } filled)
            {
                return filled;
            }
        }

        return await (rules.WritesShared ? CompeteAsync(shared) : LoadWithoutLockAsync()).ConfigureAwait(false);
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
        if (!loader.IsTold && !core.Proof.Holds(Tokens.Greatest(acquisition.Token, _keeper.Required())))
        {
            // What is loaded now cannot be stored, so nobody is made to wait for it.
            await shared.ReleaseAsync(Key, acquisition.Owner, KeySignal.Unshared).ConfigureAwait(false);
            return _keeper.KeepNowhere(await LoadAsync(acquisition.Token).ConfigureAwait(false));
        }

        try
        {
            var loaded = await LoadAsync(acquisition.Token).ConfigureAwait(false);
            return await _keeper.CommitAsync(shared, acquisition.Owner, loaded).ConfigureAwait(false);
        }
        catch
        {
            var reason = flight.IsAbandoned ? KeySignal.Voided : KeySignal.Failed;
            await shared.ReleaseAsync(Key, acquisition.Owner, reason).ConfigureAwait(false);
            throw;
        }
    }

    // Because Redis is away, or because the caller wants nothing there; then it still knows which removals the load must hold.
    private async Task<Filled<T>> LoadWithoutLockAsync()
    {
        Reply<ConsistencyToken> asked = default;
        if (core.Shared is { IsUsable: true } shared)
        {
            await _keeper.LearnTagsAsync(shared).ConfigureAwait(false);
            asked = await shared.TokenAsync([Key]).ConfigureAwait(false);
        }

        return _keeper.KeepUnlocked(await LoadAsync(asked.Value).ConfigureAwait(false), asked.IsAvailable);
    }

    private Task<Loaded<T>> LoadAsync(ConsistencyToken asked) =>
        core.Loads.RunAsync(loader, () => Tokens.Greatest(asked, _keeper.Begin()), flight.Abandoned);

    private Filled<T>? TryGetStale() =>
        flight.IsVoided ? null
        : known is not null && core.Local.IsServableStale(known, core.IsRedisAway) && Tokens.Covers(known.Token, rules.MinimumToken)
            ? new(known.Read(), null, known.Token)
        : core.Shared is { IsUsable: true } shared ? _keeper.ReadExpired(shared)
        : null;
}
