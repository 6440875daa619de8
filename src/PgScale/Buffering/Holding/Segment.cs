namespace PgScale.Buffering.Holding;

/// <summary>A run of items that many producers fill without a lock and one consumer takes as a whole.</summary>
/// <remarks>
/// One word holds how many slots are claimed, their bytes, and whether the segment is sealed, so that a claim is one compare-and-swap
/// that checks the bounds of items and bytes exactly. A slot that is claimed is written a moment later; the consumer waits for that.
/// </remarks>
internal sealed class Segment<T>(int length)
{
    internal const int MaxLength = 1024;

    internal const int Full = -1;
    internal const int Closed = -2;

    private const int CountShift = 43;
    private const long One = 1L << CountShift;
    private const long BytesMask = One - 1;
    private const long SealedBit = long.MinValue;

    private readonly T[] _items = new T[length];
    private readonly bool[] _written = new bool[length];

    private long _state = SealedBit;
    private int _itemLimit;
    private long _byteLimit;
    private long _filledAt;
    private long _firstAt;
    private int _dropped;
    private long _droppedBytes;

    /// <summary>Slots claimed, without those dropped.</summary>
    internal int Count => CountOf(Volatile.Read(ref _state)) - _dropped;

    /// <summary>Their bytes.</summary>
    internal long Bytes => (Volatile.Read(ref _state) & BytesMask) - _droppedBytes;

    /// <summary>When its first item came; 0 before.</summary>
    internal long FirstAt
    {
        get => Volatile.Read(ref _firstAt);
        set => Volatile.Write(ref _firstAt, value);
    }

    /// <summary>Claims a slot and writes the item; the slot, or <see cref="Full"/> by the bounds, or <see cref="Closed"/>.</summary>
    /// <param name="item">The item.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="isFilled">Whether it was the last one that fits here.</param>
    internal int TryAdd(in T item, long bytes, out bool isFilled)
    {
        isFilled = false;
        while (true)
        {
            var state = Volatile.Read(ref _state);
            var slot = CountOf(state);
            if (state < 0 || slot == _items.Length)
            {
                return Closed;
            }

            var after = (state & BytesMask) + bytes;
            if (slot >= Volatile.Read(ref _itemLimit) || after > Volatile.Read(ref _byteLimit))
            {
                return Full;
            }

            if (Interlocked.CompareExchange(ref _state, state + One + bytes, state) == state)
            {
                _items[slot] = item;
                Volatile.Write(ref _written[slot], true);
                isFilled = slot + 1 == _items.Length || after >= _filledAt;
                return slot;
            }
        }
    }

    /// <summary>Opens a recycled segment for producers.</summary>
    internal void Open(long filledAt)
    {
        _filledAt = filledAt;
        _dropped = 0;
        _droppedBytes = 0;
        FirstAt = 0;
        Volatile.Write(ref _state, 0);
    }

    /// <summary>Sets what the buffer's bounds leave to this segment; it may change at any time.</summary>
    internal void Limit(int items, long bytes)
    {
        Volatile.Write(ref _itemLimit, items);
        Volatile.Write(ref _byteLimit, bytes);
    }

    /// <summary>Takes no more items from now on.</summary>
    internal void Seal() => Interlocked.Or(ref _state, SealedBit);

    /// <summary>Forgets the oldest item of a sealed segment; its bytes.</summary>
    internal long DropFirst(Func<T, long> sizeOf)
    {
        AwaitWritten(_dropped);
        var bytes = Count == 1 ? Bytes : Math.Clamp(sizeOf(_items[_dropped]), 0, Bytes); // it may have changed since it was counted
        _items[_dropped++] = default!;
        _droppedBytes += bytes;
        return bytes;
    }

    /// <summary>Moves the items of a sealed segment to an array, and leaves the segment clean to be opened again.</summary>
    internal int MoveTo(Span<T> target)
    {
        var end = CountOf(Volatile.Read(ref _state));
        for (var slot = _dropped; slot < end; slot++)
        {
            AwaitWritten(slot);
        }

        var items = _items.AsSpan(_dropped, end - _dropped);
        items.CopyTo(target);
        items.Clear();
        Array.Clear(_written, 0, end);
        return items.Length;
    }

    // Between the claim and the write a producer does nothing but copy; it can only be late by what the scheduler takes from it.
    private void AwaitWritten(int slot)
    {
        SpinWait spin = default;
        while (!Volatile.Read(ref _written[slot]))
        {
            spin.SpinOnce();
        }
    }

    private static int CountOf(long state) => (int)((state & long.MaxValue) >> CountShift);
}
