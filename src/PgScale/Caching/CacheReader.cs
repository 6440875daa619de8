using System.Runtime.CompilerServices;
using PgScale.Caching.Loading;
using PgScale.Caching.Local;

namespace PgScale.Caching;

/// <summary>What happens to a read that memory alone does not answer.</summary>
internal sealed class CacheReader(CacheCore core)
{
    private const int MaxJoins = 3; // a reader with a token may join loads that do not hold it

    /// <summary>Answers from memory after all, or joins or begins the load of the key.</summary>
    internal ValueTask<T> GetAsync<T>(string key, Loader<T> loader, EntryRules rules, string[] tags, CancellationToken cancellationToken)
    {
        key = CacheKeys.Canonical(key);
        var known = rules.ReadsLocal ? core.Local.Find<T>(key) : null;
        if (known is not null && Tokens.Covers(known.Token, rules.MinimumToken) && core.Local.IsServable(known, core.IsRedisAway))
        {
            RefreshEarly(key, known, loader, rules, tags);
            core.Metrics.Read("local");
            return new(known.Read());
        }

        return !rules.Loads ? LookAsync(key, loader, rules, tags)
            : core.Failures.Find(key) is { } failure ? Repeat(failure, known, rules)
            : LoadAsync(key, known, loader, rules, tags, cancellationToken);
    }

    /// <summary>A caller who wants no load, and whom nobody may join therefore.</summary>
    private async ValueTask<T> LookAsync<T>(string key, Loader<T> loader, EntryRules rules, string[] tags)
    {
        if (core.Shared is not { IsUsable: true } shared || !rules.ReadsShared)
        {
            return default!;
        }

        var alone = core.Flights.Alone<T>(key, core.Local.Tags.Stamp(tags));
        alone.Void();
        var filled = await new Fill<T>(core, alone, loader, rules, tags, null).LookAsync(shared).ConfigureAwait(false);
        return filled is null ? default! : filled.Take();
    }

    private async ValueTask<T> LoadAsync<T>(string key, LocalEntry<T>? known, Loader<T> loader, EntryRules rules, string[] tags, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _ = core.Codecs.Get<T>(); // a type that cannot be served fails here, where nobody can have joined yet
        for (var join = 0; join <= MaxJoins; join++)
        {
            if (!core.Flights.TryJoin<T>(key, core.Local.Tags.Stamp(tags), out var flight, out var leads, out var other))
            {
                await other.Ended.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
                continue;
            }

            if (leads)
            {
                _ = RunAsync(flight, new Fill<T>(core, flight, loader, rules, tags, known));
            }

            var filled = await flight.WaitAsync(core.Flights, cancellationToken).ConfigureAwait(false);
            if (leads || Tokens.Covers(filled.Token, rules.MinimumToken))
            {
                core.Metrics.Read(!leads ? "joined" : filled.IsFromRedis ? "redis" : "loaded");
                return filled.Take();
            }
        }

        return await LoadAloneAsync(key, loader, rules, tags, cancellationToken).ConfigureAwait(false);
    }

    // Every load that was joined may lack the write: this one is nobody else's, and what it gives is stored in Redis alone.
    private async ValueTask<T> LoadAloneAsync<T>(string key, Loader<T> loader, EntryRules rules, string[] tags, CancellationToken cancellationToken)
    {
        var alone = core.Flights.Alone<T>(key, core.Local.Tags.Stamp(tags));
        alone.TryJoin();
        alone.Void();
        _ = RunAsync(alone, new Fill<T>(core, alone, loader, rules, tags, null));
        var filled = await alone.WaitAsync(core.Flights, cancellationToken).ConfigureAwait(false);
        core.Metrics.Read(filled.IsFromRedis ? "redis" : "loaded");
        return filled.Take();
    }

    private async Task RunAsync<T>(Flight<T> flight, Fill<T> fill)
    {
        try
        {
            var filled = await fill.RunAsync().ConfigureAwait(false);
            flight.Complete(filled);
        }
        catch (Exception failure)
        {
            flight.Fail(failure);
        }
        finally
        {
            core.Flights.Remove(flight);
        }
    }

    private void RefreshEarly<T>(string key, LocalEntry<T> known, Loader<T> loader, EntryRules rules, string[] tags)
    {
        if (core.Clock.Now < known.FreshUntil || !known.TryBeginRefresh()
            || !core.Flights.TryJoin<T>(key, core.Local.Tags.Stamp(tags), out var flight, out var leads, out _) || !leads)
        {
            return;
        }

        core.Metrics.Refreshed();
        using (ExecutionContext.SuppressFlow()) // the refresh is nobody's request
        {
            _ = Task.Run(() => RefreshAsync(flight, new Fill<T>(core, flight, loader, rules, tags, known) { IsRefresh = true }));
        }
    }

    private async Task RefreshAsync<T>(Flight<T> flight, Fill<T> fill)
    {
        await RunAsync(flight, fill).ConfigureAwait(false);
        if (flight.Outcome.IsFaulted)
        {
            CacheLog.RefreshFailed(core.Logger, flight.Outcome.Exception.InnerException!, core.Instance);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<T> Repeat<T>(System.Runtime.ExceptionServices.ExceptionDispatchInfo failure, LocalEntry<T>? known, EntryRules rules)
    {
        if (known is not null && Tokens.Covers(known.Token, rules.MinimumToken) && core.Local.IsServableStale(known, core.IsRedisAway))
        {
            core.Metrics.Read("stale");
            return new(known.Read());
        }

        return ValueTask.FromException<T>(failure.SourceException);
    }
}
