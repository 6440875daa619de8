using System.Diagnostics.CodeAnalysis;

namespace PgScale.Benchmarks.Caching;

/// <summary>The cache that people write by hand: a dictionary and a list, the least recently used entry goes. Not thread-safe.</summary>
internal sealed class PlainLru<TEntry>(int maxEntries)
    where TEntry : class
{
    private readonly Dictionary<string, LinkedListNode<(string Key, TEntry Entry)>> _nodes = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Key, TEntry Entry)> _recent = new();

    public bool TryGet(string key, [MaybeNullWhen(false)] out TEntry entry)
    {
        if (!_nodes.TryGetValue(key, out var node))
        {
            entry = null;
            return false;
        }

        _recent.Remove(node);
        _recent.AddFirst(node);
        entry = node.Value.Entry;
        return true;
    }

    /// <summary>Adds a key that is not there.</summary>
    public void Add(string key, TEntry entry)
    {
        if (_nodes.Count == maxEntries)
        {
            _nodes.Remove(_recent.Last!.Value.Key);
            _recent.RemoveLast();
        }

        _nodes.Add(key, _recent.AddFirst((key, entry)));
    }
}
