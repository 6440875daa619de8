using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using PgScale.Caching.Tags;

namespace PgScale.Caching.Loading;

/// <summary>The loads under way in this process, one for each key.</summary>
internal sealed class FlightTable
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

                if (flight.TryJoin())
                {
                    return true;
                }

                found.Void(); // its callers have gone, or what it loads was removed meanwhile
                Remove(found);
            }

            flight = new(key, stamps);
            flight.TryJoin();
            if (_flights.TryAdd(key, flight))
            {
                leads = true;
                return true;
            }
        }
    }

    internal void Remove(Flight flight) => _flights.TryRemove(new KeyValuePair<string, Flight>(flight.Key, flight));

    /// <summary>What is being loaded for a key is not stored, and nobody joins it any longer.</summary>
    internal void Void(string key)
    {
        if (_flights.TryRemove(key, out var flight))
        {
            flight.Void();
        }
    }
}
