using PgScale.Caching.Local;

namespace PgScale.Benchmarks.Caching;

/// <summary>The share of requests, in percent, that a cache answers when each miss is loaded and stored.</summary>
internal static class HitRatio
{
    public static double OfLocalStore(int[] trace, int entries) => Of(trace, LocalStoreAccess(entries));

    public static double OfPlainLru(int[] trace, int entries) => Of(trace, PlainLruAccess(entries));

    /// <summary>Asks for a key and stores it when it was missing; tells whether it was there.</summary>
    public static Func<string, bool> LocalStoreAccess(int entries)
    {
        var store = new LocalStore<string>(entries, long.MaxValue);
        return key =>
        {
            if (store.TryGet(key, out _))
            {
                return true;
            }

            store.Set(key, key, size: 0);
            return false;
        };
    }

    public static Func<string, bool> PlainLruAccess(int entries)
    {
        var cache = new PlainLru<string>(entries);
        return key =>
        {
            if (cache.TryGet(key, out _))
            {
                return true;
            }

            cache.Add(key, key);
            return false;
        };
    }

    public static double Of(int[] trace, Func<string, bool> access)
    {
        var names = new Dictionary<int, string>();
        var hits = 0;
        foreach (var key in trace)
        {
            if (!names.TryGetValue(key, out var name))
            {
                names[key] = name = $"key:{key}";
            }

            hits += access(name) ? 1 : 0;
        }

        return 100.0 * hits / trace.Length;
    }
}
