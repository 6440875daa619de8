using PgScale.Caching.Loading;
using PgScale.Caching.Local;

namespace PgScale.Caching;

/// <summary>Reads many keys: from memory what is there, joins the loads that are under way, and leads a batch for the rest.</summary>
internal sealed class CacheBatchReader(CacheCore core)
{
    internal async ValueTask<IReadOnlyDictionary<string, T>> GetAsync<T>(
        IEnumerable<string> keys,
        Func<IReadOnlyList<string>, CacheFillContext, CancellationToken, ValueTask<IReadOnlyDictionary<string, T>>> factory,
        EntryRules rules,
        string[] tags,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var found = new Dictionary<string, T>(StringComparer.Ordinal);
        var batch = new Batch<T>(core, rules, tags, factory);
        List<BatchItem<T>> led = [];
        List<(string Key, Flight<T>? Flight)> awaited = [];
        foreach (var key in Checked<T>(keys))
        {
            if (TryGetLocal<T>(key, rules, out var entry))
            {
                Add(found, key, entry!.Read());
            }
            else
            {
                awaited.Add((key, Join(key, entry, batch, led, tags)));
            }
        }

        if (led.Count > 0)
        {
            _ = batch.RunAsync(led);
        }

        for (var index = 0; index < awaited.Count; index++)
        {
            var (key, flight) = awaited[index];
            try
            {
                Add(found, key, await ReadAsync(key, flight, factory, rules, tags, cancellationToken).ConfigureAwait(false));
            }
            catch
            {
                Leave(awaited.Skip(index + 1));
                throw;
            }
        }

        return found;
    }

    // What can fail, fails before the first key is taken: a load that was announced and never begins would hold up all who join it.
    private List<string> Checked<T>(IEnumerable<string> keys)
    {
        _ = core.Codecs.Get<T>();
        var all = keys.Distinct(StringComparer.Ordinal).ToList();
        all.ForEach(key => ArgumentNullException.ThrowIfNull(key, nameof(keys)));
        return all;
    }

    private void Leave<T>(IEnumerable<(string Key, Flight<T>? Flight)> rest)
    {
        foreach (var (_, flight) in rest)
        {
            if (flight?.Leave() == true)
            {
                core.Flights.Remove(flight);
            }
        }
    }

    private static void Add<T>(Dictionary<string, T> found, string key, T value)
    {
        if (value is not null)
        {
            found[key] = value;
        }
    }

    private bool TryGetLocal<T>(string key, EntryRules rules, out LocalEntry<T>? entry)
    {
        entry = rules.ReadsLocal ? core.Local.Find<T>(CacheKeys.Canonical(key)) : null;
        if (entry is null || !Tokens.Covers(entry.Token, rules.MinimumToken) || !core.Local.IsServable(entry, core.IsRedisAway))
        {
            return false;
        }

        core.Metrics.Read("local");
        return true;
    }

    // Null: the key is loaded as another type, or its load has just failed; it is read by itself then.
    private Flight<T>? Join<T>(string key, LocalEntry<T>? known, Batch<T> batch, List<BatchItem<T>> led, string[] tags)
    {
        var canonical = CacheKeys.Canonical(key);
        if (core.Failures.Find(canonical) is not null || !core.Flights.TryJoin<T>(canonical, core.Local.Tags.Stamp(tags), out var flight, out var leads, out _))
        {
            return null;
        }

        if (leads)
        {
            led.Add(batch.Item(key, flight, known));
        }

        return flight;
    }

    private async ValueTask<T> ReadAsync<T>(
        string key,
        Flight<T>? flight,
        Func<IReadOnlyList<string>, CacheFillContext, CancellationToken, ValueTask<IReadOnlyDictionary<string, T>>> factory,
        EntryRules rules,
        string[] tags,
        CancellationToken cancellationToken)
    {
        if (flight is not null)
        {
            var filled = await flight.WaitAsync(core.Flights, cancellationToken).ConfigureAwait(false);
            if (Tokens.Covers(filled.Token, rules.MinimumToken))
            {
                core.Metrics.Read(filled.IsFromRedis ? "redis" : "loaded");
                return filled.Take();
            }
        }

        var loader = new ToldLoader<string, T>(key, async (own, context, token) =>
            (await factory([own], context, token).ConfigureAwait(false)).TryGetValue(own, out var value) ? value : default!);
        return await new CacheReader(core).GetAsync(key, loader, rules, tags, cancellationToken).ConfigureAwait(false);
    }
}
