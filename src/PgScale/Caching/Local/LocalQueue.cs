namespace PgScale.Caching.Local;

/// <summary>Nodes in the order in which they were added, with their number and weight. Callers hold the store's lock.</summary>
internal sealed class LocalQueue<TEntry>
    where TEntry : class
{
    private LocalNode<TEntry>? _newest;

    internal LocalNode<TEntry>? Oldest { get; private set; }

    internal long Count { get; private set; }

    internal long Bytes { get; private set; }

    internal void Add(LocalNode<TEntry> node)
    {
        node.Older = _newest;
        if (_newest is null)
        {
            Oldest = node;
        }
        else
        {
            _newest.Newer = node;
        }

        _newest = node;
        Count++;
        Bytes += node.Weight;
    }

    internal void Remove(LocalNode<TEntry> node)
    {
        if (node.Newer is null)
        {
            _newest = node.Older;
        }
        else
        {
            node.Newer.Older = node.Older;
        }

        if (node.Older is null)
        {
            Oldest = node.Newer;
        }
        else
        {
            node.Older.Newer = node.Newer;
        }

        // A removed node in an old generation must not keep its former neighbours alive.
        node.Newer = node.Older = null;
        Count--;
        Bytes -= node.Weight;
    }

    internal void Resize(LocalNode<TEntry> node, long weight)
    {
        Bytes += weight - node.Weight;
        node.Weight = weight;
    }

    internal void Clear()
    {
        _newest = Oldest = null;
        Count = Bytes = 0;
    }
}
