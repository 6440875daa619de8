using PgScale.Cluster;

namespace PgScale.Caching.Redis;

/// <summary>Removals that Redis has not got yet, and the last that it did get, since a Redis that failed over may have lost those.</summary>
/// <remarks>At the bound the single ones are forgotten, and everything is removed instead.</remarks>
internal sealed class RememberedRemovals(int capacity, CacheClock clock)
{
    private const long RecentMilliseconds = 5_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(bool IsTag, string Name), ConsistencyToken> _pending = [];
    private readonly Queue<(bool IsTag, string Name, ConsistencyToken Token, long At)> _recent = new();

    internal int Pending
    {
        get
        {
            lock (_lock)
            {
                return _pending.Count;
            }
        }
    }

    /// <summary>Remembers unless Redis can be used again: what is remembered then would be made up for too late. Tell it instead.</summary>
    internal bool TryRemember(bool isTag, string name, ConsistencyToken token, RedisSession? session)
    {
        lock (_lock)
        {
            if (session is { AdmitsRemovals: true })
            {
                return false;
            }

            Remember(isTag, name, token);
            return true;
        }
    }

    internal void Remember(bool isTag, string name, ConsistencyToken token)
    {
        lock (_lock)
        {
            if (_pending.Count >= capacity && !_pending.ContainsKey((isTag, name)))
            {
                token = _pending.Values.Aggregate(token, Tokens.Greatest);
                _pending.Clear();
                (isTag, name) = (true, Tags.TagRegistry.All);
            }

            _pending[(isTag, name)] = Tokens.Greatest(token, _pending.GetValueOrDefault((isTag, name)));
        }
    }

    internal void Done(bool isTag, string name, ConsistencyToken token)
    {
        lock (_lock)
        {
            _recent.Enqueue((isTag, name, token, clock.Now));
            while (_recent.Count > capacity || (_recent.TryPeek(out var oldest) && clock.Now - oldest.At > RecentMilliseconds))
            {
                _recent.Dequeue();
            }
        }
    }

    /// <summary>All that Redis must be told again before it is trusted.</summary>
    internal IReadOnlyList<(bool IsTag, string Name, ConsistencyToken Token)> TakeAll()
    {
        lock (_lock)
        {
            foreach (var (isTag, name, token, _) in _recent)
            {
                _pending[(isTag, name)] = Tokens.Greatest(token, _pending.GetValueOrDefault((isTag, name)));
            }

            _recent.Clear();
            var all = _pending.Select(static removal => (removal.Key.IsTag, removal.Key.Name, removal.Value)).ToList();
            _pending.Clear();
            return all;
        }
    }
}
