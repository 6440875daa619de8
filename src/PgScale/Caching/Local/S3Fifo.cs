namespace PgScale.Caching.Local;

/// <summary>Chooses what to evict, by two queues and the memory of what was evicted. Callers hold the store's lock.</summary>
/// <remarks>
/// S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi: FIFO queues are all you need for cache eviction, SOSP 2023). New keys pass through a
/// small queue; those used on the way move to the main queue, the others leave soon, and a scan with them. A key that comes back
/// soon after it left goes to the main queue at once. In the main queue an entry that was used is let round again. Unlike the
/// paper, one use is enough to move up, both queues are bounded by bytes as well, and the search for a victim takes a bounded
/// number of steps. docs/decisions/0017 has the figures.
/// </remarks>
internal sealed class S3Fifo<TEntry>(long maxEntries, long maxBytes)
    where TEntry : class
{
    private const int SmallShare = 10;
    private const int MostSteps = 64;

    private readonly long _smallEntries = Math.Max(maxEntries / SmallShare, 1);
    private readonly long _smallBytes = Math.Max(maxBytes / SmallShare, 1);
    private readonly LocalQueue<TEntry> _small = new();
    private readonly LocalQueue<TEntry> _main = new();
    private readonly EvictedKeys _evicted = new();

    internal long Count => _small.Count + _main.Count;

    internal long Bytes => _small.Bytes + _main.Bytes;

    internal bool HasRoomFor(long weight) => Count < maxEntries && weight <= maxBytes - Bytes;

    /// <summary>Takes in a node that is new.</summary>
    internal void Admit(LocalNode<TEntry> node)
    {
        node.IsMain = _evicted.Remove(node.Hash, Count);
        Link(node);
    }

    /// <summary>Adds a node to the queue that it was in.</summary>
    internal void Link(LocalNode<TEntry> node) => QueueOf(node).Add(node);

    internal void Unlink(LocalNode<TEntry> node) => QueueOf(node).Remove(node);

    internal bool TryResize(LocalNode<TEntry> node, long weight)
    {
        if (weight - node.Weight > maxBytes - Bytes)
        {
            return false;
        }

        QueueOf(node).Resize(node, weight);
        return true;
    }

    /// <summary>Unlinks the node that is worth the least; there must be one.</summary>
    internal LocalNode<TEntry> TakeVictim()
    {
        for (var step = 1; ; step++)
        {
            var node = NextCandidate();
            if (!node.WasUsed || step == MostSteps)
            {
                return Evict(node);
            }

            Unlink(node);
            node.Survive();
            Link(node);
        }
    }

    internal void Clear()
    {
        _small.Clear();
        _main.Clear();
        _evicted.Clear();
    }

    private LocalNode<TEntry> Evict(LocalNode<TEntry> node)
    {
        if (!node.IsMain)
        {
            _evicted.Add(node.Hash, Count);
        }

        Unlink(node);
        return node;
    }

    private LocalNode<TEntry> NextCandidate()
    {
        var isSmallFull = _small.Count >= _smallEntries || _small.Bytes >= _smallBytes;
        var queue = isSmallFull || _main.Count == 0 ? _small : _main;
        return queue.Oldest ?? throw new InvalidOperationException("An empty store was asked for an entry to evict.");
    }

    private LocalQueue<TEntry> QueueOf(LocalNode<TEntry> node) => node.IsMain ? _main : _small;
}
