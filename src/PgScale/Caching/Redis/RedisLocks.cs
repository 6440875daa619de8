using System.Collections.Concurrent;
using System.Globalization;
using StackExchange.Redis;

namespace PgScale.Caching.Redis;

/// <summary>The locks that this process holds; each is extended at a third of its lease for as long as its load lives.</summary>
internal sealed class RedisLocks(string process, RedisSession session, CacheClock clock, TimeSpan lease)
{
    private readonly ConcurrentDictionary<string, long> _held = new(StringComparer.Ordinal); // owner, extended at
    private readonly ConcurrentDictionary<string, RedisKey> _names = new(StringComparer.Ordinal);
    private readonly long _lease = (long)lease.TotalMilliseconds;

    private long _number;

    internal int Held => _held.Count;

    internal string NewOwner() => string.Create(CultureInfo.InvariantCulture, $"{process}:{Interlocked.Increment(ref _number)}");

    internal void Hold(RedisKey name, string owner)
    {
        _names[owner] = name;
        _held[owner] = clock.Now;
    }

    internal void Drop(RedisKey name, string owner)
    {
        _held.TryRemove(owner, out _);
        _names.TryRemove(owner, out _);
    }

    /// <summary>Extends those that are due. A lock that is no longer this process' is left alone: its load will find out when it stores.</summary>
    internal async Task ExtendAsync()
    {
        var due = clock.Now - (_lease / 3);
        List<Task<Reply<RedisResult>>> extensions = [];
        foreach (var (owner, extendedAt) in _held)
        {
            if (extendedAt <= due && _names.TryGetValue(owner, out var name))
            {
                _held.TryUpdate(owner, clock.Now, extendedAt);
                extensions.Add(session.EvaluateAsync(RedisScripts.Extend, [name], [owner, _lease]));
            }
        }

        await Task.WhenAll(extensions).ConfigureAwait(false);
    }
}
