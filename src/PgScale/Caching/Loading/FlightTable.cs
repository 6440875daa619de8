using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using PgScale.Caching.Local;
using PgScale.Caching.Tags;

namespace PgScale.Caching.Loading;

/// <summary>The loads under way in this process, one for each key.</summary>
/// <remarks>
/// A load that began under a lease that has run out since may have been overtaken by a removal that this process did not hear of: nobody
/// joins it while Redis is used.
/// </remarks>
internal sealed class FlightTable(LocalLease lease, CacheClock clock, Func<bool> isRedisAway)
{
    private readonly ConcurrentDictionary<string, Flight> _flights = new(StringComparer.Ordinal);

    internal int Count => _flights.Count;

    /// <summary>Joins the load of a key or begins one, which the caller then runs. False when one for another type is under way: wait for it.</summary>
    internal bool TryJoin<T>(string key, TagStamps stamps, out Flight<T> flight, out bool leads, [NotNullWhen(false)] out Flight? other)
    {
        other = null;
        while (true)
        {
            leads = false;
            if (_flights.TryGetValue(key, out var found))
            {
                flight = (found as Flight<T>)!;
                if (flight is null)
                {
                    other = found;
                    return false;
                }

                if (IsCurrent(flight) && flight.TryJoin())
                {
                    return true;
                }

                found.Void(); // its callers have gone, or what it loads was removed meanwhile
                Remove(found);
            }

            flight = Alone<T>(key, stamps);
            flight.TryJoin();
            if (_flights.TryAdd(key, flight))
            {
                leads = true;
                return true;
            }
        }
    }

    /// <summary>A load that is in no table, so nobody joins it.</summary>
    internal Flight<T> Alone<T>(string key, TagStamps stamps) => new(key, stamps, lease.Epoch);

    internal void Remove(Flight flight) => _flights.TryRemove(new KeyValuePair<string, Flight>(flight.Key, flight));

    /// <summary>What is being loaded for a key is not stored, and nobody joins it any longer.</summary>
    internal void Void(string key)
    {
        if (_flights.TryRemove(key, out var flight))
        {
            flight.Void();
        }
    }

    private bool IsCurrent(Flight flight) => lease.Covers(flight.Epoch, clock.Now) || isRedisAway();
}
