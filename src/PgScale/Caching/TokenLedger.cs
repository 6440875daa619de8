using System.Collections.Concurrent;
using PgScale.Cluster;

namespace PgScale.Caching;

/// <summary>
/// The tokens of removals that this process made or heard of, by key, for as long as a load could come from a server that is behind.
/// </summary>
/// <remarks>At its bound the oldest leave, and the greatest token that left counts for every key: it asks more, never less.</remarks>
internal sealed class TokenLedger(int capacity, TimeSpan memory, CacheClock clock)
{
    private readonly ConcurrentDictionary<string, (ConsistencyToken Token, long At)> _tokens = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, long At)> _order = new();
    private readonly Lock _writing = new();
    private readonly long _memory = (long)memory.TotalMilliseconds;

    private ConsistencyToken _floor;
    private long _floorAt;

    internal ConsistencyToken Find(string key)
    {
        var token = _tokens.TryGetValue(key, out var known) ? known.Token : default;
        lock (_writing)
        {
            return _floor.IsNone ? token : Tokens.Greatest(token, _floor);
        }
    }

    internal void Remember(string key, ConsistencyToken token)
    {
        if (token.IsNone)
        {
            return;
        }

        lock (_writing)
        {
            var now = clock.Now;
            var known = _tokens.GetValueOrDefault(key).Token;
            _tokens[key] = (Tokens.Greatest(known, token), now);
            _order.Enqueue((key, now));
            Trim(now);
        }
    }

    /// <summary>All that is known, what was removed last first.</summary>
    internal IEnumerable<(string Key, ConsistencyToken Token)> AllTokens() =>
        _tokens.OrderByDescending(static known => known.Value.At).Select(static known => (known.Key, known.Value.Token));

    private void Trim(long now)
    {
        if (now - _floorAt > _memory)
        {
            _floor = default;
        }

        while (_order.TryPeek(out var oldest) && (now - oldest.At > _memory || _order.Count > capacity))
        {
            _order.Dequeue();
            if (_tokens.TryGetValue(oldest.Key, out var known) && known.At == oldest.At)
            {
                _tokens.TryRemove(oldest.Key, out _);
                if (now - oldest.At <= _memory)
                {
                    (_floor, _floorAt) = (Tokens.Greatest(_floor, known.Token), now);
                }
            }
        }
    }
}
