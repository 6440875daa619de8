using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace PgScale.Caching.Local;

/// <summary>The entries that this process holds, bounded in number and bytes. Knows nothing of time, staleness or tags.</summary>
/// <remarks>
/// Readers take no lock and write nothing but a small count on the node that they found. Writers take turns under one lock, and
/// evict before they add, so that neither bound is passed even for a moment. The dictionary compares ordinally, and changes over
/// to a hash that is seeded at random when many keys collide, so keys may hold text of users.
/// </remarks>
/// <typeparam name="TEntry">The value with whatever its owner keeps beside it; told apart by reference.</typeparam>
internal sealed class LocalStore<TEntry>
    where TEntry : class
{
    // Buckets are eight bytes each. Past these the dictionary grows, for which writers wait and readers do not.
    private const int MostBucketsAtStart = 1 << 20;

    private readonly Lock _writing = new();
    private readonly ConcurrentDictionary<string, LocalNode<TEntry>> _nodes;
    private readonly ConcurrentDictionary<string, LocalNode<TEntry>>.AlternateLookup<ReadOnlySpan<char>> _byCharacters;
    private readonly S3Fifo<TEntry> _policy;
    private readonly long _maxBytes;

    private long _count;
    private long _bytes;
    private long _evictions;

    /// <param name="maxEntries">How many entries are kept, at least one.</param>
    /// <param name="maxBytes">How many bytes they take together, with <see cref="EntryWeight">what the store adds</see>; at least one.</param>
    internal LocalStore(long maxEntries, long maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxEntries);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        _nodes = new(concurrencyLevel: 1, BucketsAtStart(maxEntries, maxBytes), StringComparer.Ordinal);
        _byCharacters = _nodes.GetAlternateLookup<ReadOnlySpan<char>>();
        _policy = new(maxEntries, maxBytes);
        _maxBytes = maxBytes;
    }

    internal int Count => (int)Volatile.Read(ref _count);

    internal long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How many entries had to leave for others, ever.</summary>
    internal long Evictions => Volatile.Read(ref _evictions);

    internal bool TryGet(string key, [MaybeNullWhen(false)] out TEntry entry) =>
        _nodes.TryGetValue(key, out var node) ? Found(node, out entry) : NotFound(out entry);

    internal bool TryGet(ReadOnlySpan<char> key, [MaybeNullWhen(false)] out TEntry entry) =>
        _byCharacters.TryGetValue(key, out var node) ? Found(node, out entry) : NotFound(out entry);

    /// <summary>Adds or replaces. An entry that alone passes the bound of bytes is not kept, nor is the one that it replaces.</summary>
    /// <param name="key">The key; compared ordinally.</param>
    /// <param name="entry">The value.</param>
    /// <param name="size">The bytes that the value takes, without its key.</param>
    internal void Set(string key, TEntry entry, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        var weight = EntryWeight.Of(key, size);
        lock (_writing)
        {
            _nodes.TryGetValue(key, out var node);
            if (weight > _maxBytes)
            {
                Drop(node);
            }
            else if (node is null)
            {
                Add(new(key, entry, weight));
            }
            else
            {
                Replace(node, entry, weight);
            }

            Publish();
        }
    }

    internal bool Remove(string key) => TryRemove(key, only: null);

    /// <summary>Removes a key if its value still is the very instance that the caller saw.</summary>
    internal bool Remove(string key, TEntry expected) => TryRemove(key, expected);

    internal void Clear()
    {
        lock (_writing)
        {
            _nodes.Clear();
            _policy.Clear();
            Publish();
        }
    }

    private static int BucketsAtStart(long maxEntries, long maxBytes) =>
        (int)Math.Min(Math.Min(maxEntries, maxBytes / EntryWeight.Least), MostBucketsAtStart);

    private static bool Found(LocalNode<TEntry> node, out TEntry entry)
    {
        node.Use();
        entry = node.Entry;
        return true;
    }

    private static bool NotFound(out TEntry? entry)
    {
        entry = null;
        return false;
    }

    private bool TryRemove(string key, TEntry? only)
    {
        // Most removals are told by other processes, of keys that this one does not hold.
        if (!_nodes.ContainsKey(key))
        {
            return false;
        }

        lock (_writing)
        {
            if (!_nodes.TryGetValue(key, out var node) || (only is not null && !ReferenceEquals(node.Entry, only)))
            {
                return false;
            }

            Drop(node);
            Publish();
            return true;
        }
    }

    private void Add(LocalNode<TEntry> node)
    {
        MakeRoomFor(node.Weight);
        _nodes[node.Key] = node;
        _policy.Admit(node);
    }

    // A node that no longer fits steps out of its queue while others make room for it, or it might be evicted itself. Readers
    // find it all the while.
    private void Replace(LocalNode<TEntry> node, TEntry entry, long weight)
    {
        if (!_policy.TryResize(node, weight))
        {
            _policy.Unlink(node);
            MakeRoomFor(weight);
            node.Weight = weight;
            _policy.Link(node);
        }

        node.Entry = entry;
    }

    private void MakeRoomFor(long weight)
    {
        while (!_policy.HasRoomFor(weight))
        {
            _nodes.TryRemove(_policy.TakeVictim().Key, out _);
            Interlocked.Increment(ref _evictions);
        }
    }

    private void Drop(LocalNode<TEntry>? node)
    {
        if (node is not null)
        {
            _nodes.TryRemove(node.Key, out _);
            _policy.Unlink(node);
        }
    }

    private void Publish()
    {
        Volatile.Write(ref _count, _policy.Count);
        Volatile.Write(ref _bytes, _policy.Bytes);
    }
}
