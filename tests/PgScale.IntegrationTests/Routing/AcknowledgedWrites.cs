using System.Collections.Concurrent;
using PgScale.Cluster;

namespace PgScale.IntegrationTests.Routing;

/// <summary>What writers were told is committed: for each key a value that only grows, and the token of its commit.</summary>
internal sealed class AcknowledgedWrites
{
    private readonly ConcurrentDictionary<int, Write> _latest = new();
    private readonly ConcurrentDictionary<(int Key, long Value), bool> _all = new();
    private readonly ConcurrentDictionary<(int Key, long Value), bool> _unknown = new();

    internal int Count => _all.Count;

    internal int UnknownCount => _unknown.Count;

    internal void Add(int key, long value, ConsistencyToken token)
    {
        _all[(key, value)] = true;
        _latest[key] = new(value, token.ToString());
    }

    internal void AddUnknown(int key, long value) => _unknown[(key, value)] = true;

    /// <summary>The last acknowledged write of a key, its token as text, the way another process gets it; null before the first.</summary>
    internal Write? LatestOf(int key) => _latest.TryGetValue(key, out var write) ? write : null;

    /// <summary>What the primary holds that it should not, and what it does not hold that it should.</summary>
    internal IEnumerable<string> Compare(IReadOnlyCollection<(int Key, long Value)> stored)
    {
        var counted = stored.CountBy(row => row).ToDictionary();
        return [
            .. counted.Where(row => row.Value > 1).Select(row => $"key {row.Key.Key}: value {row.Key.Value} was applied {row.Value} times"),
            .. _all.Keys.Where(row => !counted.ContainsKey(row)).Select(row => $"key {row.Key}: value {row.Value} was acknowledged and is lost"),
            .. counted.Keys.Where(row => !_all.ContainsKey(row) && !_unknown.ContainsKey(row))
                .Select(row => $"key {row.Key}: value {row.Value} is stored, but its writer was told that it failed"),
        ];
    }

    internal sealed record Write(long Value, string Token);
}
