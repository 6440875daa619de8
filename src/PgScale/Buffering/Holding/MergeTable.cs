using PgScale.Buffering.Sinks;

namespace PgScale.Buffering.Holding;

/// <summary>Merged items of one stripe, until they are flushed: a slot for each key, a cell in each column.</summary>
internal sealed class MergeTable<T, TKey>
    where TKey : notnull
{
    private const int FirstSlots = 64;

    private readonly Dictionary<TKey, int> _slots;

    private TKey[] _keys = [];

    internal MergeTable(IReadOnlyList<MergeColumn<T>> columns, IEqualityComparer<TKey>? comparer)
    {
        _slots = new(comparer);
        Cells = [.. columns.Select(column => column.CreateCells())];
    }

    internal MergeCells<T>[] Cells { get; }

    internal int Count => _slots.Count;

    internal long Items { get; private set; }

    internal long Bytes { get; private set; }

    internal long FirstAt { get; set; }

    internal ReadOnlySpan<TKey> Keys => _keys.AsSpan(0, Count);

    /// <summary>Merges an item into its key if the key is there.</summary>
    internal bool TryMerge(TKey key, T item)
    {
        if (!_slots.TryGetValue(key, out var slot))
        {
            return false;
        }

        Put(slot, item, isNew: false);
        return true;
    }

    /// <summary>Adds a key that is not there.</summary>
    internal void Add(TKey key, T item, long bytes)
    {
        var slot = Count;
        if (slot == _keys.Length)
        {
            Grow(Math.Max(FirstSlots, 2 * slot));
        }

        Put(slot, item, isNew: true);
        _keys[slot] = key;
        _slots.Add(key, slot);
        Bytes += bytes;
    }

    /// <summary>Makes it empty, to be used again.</summary>
    internal void Clear()
    {
        foreach (var cells in Cells)
        {
            cells.Clear(Count);
        }

        Array.Clear(_keys, 0, Count);
        _slots.Clear();
        Items = 0;
        Bytes = 0;
        FirstAt = 0;
    }

    private void Put(int slot, T item, bool isNew)
    {
        foreach (var cells in Cells)
        {
            cells.Prepare(slot, item, isNew);
        }

        foreach (var cells in Cells)
        {
            cells.Keep(slot);
        }

        Items++;
    }

    private void Grow(int slots)
    {
        Array.Resize(ref _keys, slots);
        foreach (var cells in Cells)
        {
            cells.Grow(slots);
        }
    }
}
