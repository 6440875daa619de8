using PgScale.Caching.Local;
using PgScale.Caching.Redis;
using PgScale.Cluster;

namespace PgScale.Caching.Loading;

/// <summary>Many keys at once: one look into Redis, one load for all that this process is to load, still one load for each key in the fleet.</summary>
/// <remarks>
/// No deadlock between batches that overlap: each loads and stores what it has the locks of before it waits for a key that another
/// one has.
/// </remarks>
internal sealed class Batch<T>(
    CacheCore core,
    EntryRules rules,
    string[] tags,
    Func<IReadOnlyList<string>, CacheFillContext, CancellationToken, ValueTask<IReadOnlyDictionary<string, T>>> factory)
{
    internal BatchItem<T> Item(string key, Flight<T> flight, LocalEntry<T>? known)
    {
        var loader = new ToldLoader<string, T>(key, async (own, context, token) =>
            (await factory([own], context, token).ConfigureAwait(false)).TryGetValue(own, out var value) ? value : default!);
        return new(key, flight, new(core, flight, rules, tags), new(core, flight, loader, rules, tags, known));
    }

    /// <summary>Completes the flights of all items; what fails, fails them.</summary>
    internal async Task RunAsync(List<BatchItem<T>> items)
    {
        try
        {
            if (core.Shared is { IsUsable: true } shared && rules.ReadsShared && rules.WritesShared)
            {
                await ShareAsync(shared, items).ConfigureAwait(false);
            }
            else
            {
                await AskAsync(items).ConfigureAwait(false);
                await LoadAsync(null, items).ConfigureAwait(false);
            }
        }
        catch (Exception failure)
        {
            items.ForEach(item => Fail(item, failure));
        }
        finally
        {
            items.ForEach(item => core.Flights.Remove(item.Flight));
        }
    }

    private async Task ShareAsync(RedisTier shared, List<BatchItem<T>> items)
    {
        var missing = await LookAsync(shared, items).ConfigureAwait(false);
        await Task.WhenAll(missing.Select(item => AcquireAsync(shared, item))).ConfigureAwait(false);
        var own = missing.FindAll(static item => item.Acquisition.Kind is AcquisitionKind.Won or AcquisitionKind.Unavailable);
        await LoadAsync(shared, own).ConfigureAwait(false);
        await Task.WhenAll(missing.Except(own).Select(item => FollowAsync(shared, item))).ConfigureAwait(false);
    }

    private async Task<List<BatchItem<T>>> LookAsync(RedisTier shared, List<BatchItem<T>> items)
    {
        await items[0].Keeper.LearnTagsAsync(shared).ConfigureAwait(false);
        var read = await shared.ReadAsync(items.ConvertAll(static item => item.Flight.Key)).ConfigureAwait(false);
        List<BatchItem<T>> missing = [];
        for (var index = 0; index < items.Count; index++)
        {
            var bytes = read.IsAvailable ? read.Value[index] : null;
            if (await items[index].Keeper.TryAcceptAsync(shared, bytes).ConfigureAwait(false) is { } filled)
            {
                Complete(items[index], filled);
            }
            else
            {
                missing.Add(items[index]);
            }
        }

        return missing;
    }

    // Nobody takes a lock, but Redis, if it is there, knows which removals the load must hold.
    private async Task AskAsync(List<BatchItem<T>> items)
    {
        if (core.Shared is { IsUsable: true } shared)
        {
            await items[0].Keeper.LearnTagsAsync(shared).ConfigureAwait(false);
            var asked = Acquisition.WithoutLock(await shared.TokenAsync(items.ConvertAll(static item => item.Flight.Key)).ConfigureAwait(false));
            items.ForEach(item => item.Acquisition = asked);
        }
    }

    private static async Task AcquireAsync(RedisTier shared, BatchItem<T> item) =>
        item.Acquisition = await shared.AcquireAsync(item.Flight.Key, item.Keeper.Seen).ConfigureAwait(false);

    // A value that came in between, or another process' lock: as a single key does it.
    private async Task FollowAsync(RedisTier shared, BatchItem<T> item)
    {
        try
        {
            var filled = item.Acquisition.Kind == AcquisitionKind.Value
                ? await item.Keeper.TryAcceptAsync(shared, item.Acquisition.Value).ConfigureAwait(false)
                : null;
            Complete(item, filled ?? await item.Alone.CompeteAsync(shared).ConfigureAwait(false));
        }
        catch (Exception failure)
        {
            Fail(item, failure);
        }
    }

    private async Task LoadAsync(RedisTier? shared, List<BatchItem<T>> items)
    {
        if (items.Count == 0)
        {
            return;
        }

        Loaded<IReadOnlyDictionary<string, T>> loaded;
        using var abandoned = new BatchAbandonment(items.ConvertAll(static item => item.Flight.Abandoned));
        try
        {
            var loader = new BatchLoader<T>(items.ConvertAll(static item => item.Key), factory);
            loaded = await core.Loads.RunAsync(loader, () => Begin(items), abandoned.Token).ConfigureAwait(false);
            if (loaded.Value is null)
            {
                throw new InvalidOperationException("The factory gave null where a dictionary was due. Give an empty one when no key has a value.");
            }
        }
        catch
        {
            var reason = abandoned.Token.IsCancellationRequested ? KeySignal.Voided : KeySignal.Failed;
            await Task.WhenAll(Won(items).Select(item => shared!.ReleaseAsync(item.Flight.Key, item.Acquisition.Owner, reason))).ConfigureAwait(false);
            throw;
        }

        await Task.WhenAll(items.Select(item => KeepAsync(shared, item, loaded))).ConfigureAwait(false);
    }

    private static List<BatchItem<T>> Won(List<BatchItem<T>> items) => items.FindAll(static item => item.Acquisition.Kind == AcquisitionKind.Won);

    private static ConsistencyToken Begin(List<BatchItem<T>> items) => items.Aggregate(
        ConsistencyToken.None,
        static (token, item) => Tokens.Greatest(Tokens.Greatest(token, item.Acquisition.Token), item.Keeper.Begin()));

    private async Task KeepAsync(RedisTier? shared, BatchItem<T> item, Loaded<IReadOnlyDictionary<string, T>> loaded)
    {
        try
        {
            var isThere = loaded.Value.TryGetValue(item.Key, out var value);
            var own = new Loaded<T>(value!, loaded.IsProven && (isThere || default(T) is null), loaded.Token, loaded.Milliseconds);
            Complete(item, item.Acquisition.Kind == AcquisitionKind.Won
                ? await item.Keeper.CommitAsync(shared!, item.Acquisition.Owner, own).ConfigureAwait(false)
                : item.Keeper.KeepUnlocked(own, item.Acquisition.IsAsked));
        }
        catch when (item.Acquisition.Kind == AcquisitionKind.Won)
        {
            await shared!.ReleaseAsync(item.Flight.Key, item.Acquisition.Owner, KeySignal.Failed).ConfigureAwait(false);
            throw;
        }
    }

    private void Fail(BatchItem<T> item, Exception failure)
    {
        if (item.Flight.Outcome.IsCompleted)
        {
            return; // it had its value before another key failed
        }

        if (item.Alone.Recover(failure) is { } stale)
        {
            item.Flight.Complete(stale);
        }
        else
        {
            item.Flight.Fail(failure);
        }

        core.Flights.Remove(item.Flight);
    }

    private void Complete(BatchItem<T> item, Filled<T> filled)
    {
        item.Flight.Complete(filled);
        core.Flights.Remove(item.Flight);
    }
}
