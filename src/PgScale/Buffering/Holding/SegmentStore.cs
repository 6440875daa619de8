using PgScale.Buffering.Sinks;

namespace PgScale.Buffering.Holding;

/// <summary>Holds each item by itself, in order.</summary>
/// <remarks>
/// Producers write into the open segment without a lock; the lock is taken once per segment and per batch. Segments are reused, so the
/// steady state allocates nothing.
/// </remarks>
internal sealed class SegmentStore<T> : ItemStore<T>
{
    private readonly Lock _lock = new();
    private readonly Queue<Segment<T>> _sealed = new();
    private readonly Stack<Segment<T>> _spare = new();
    private readonly HashSet<ItemBatch<T>> _underWay = [];
    private readonly ItemSink<T> _sink;
    private readonly BatchLimits _limits;
    private readonly TimeProvider _time;
    private readonly int _segmentLength;
    private readonly int _segmentsInBatch;
    private readonly Stack<T[]> _arrays = new();

    private Segment<T> _open;
    private int _sealedItems;
    private long _sealedBytes;
    private int _heldItems; // sealed and under way
    private long _heldBytes;
    private long _position;
    private bool _closed;

    internal SegmentStore(ItemSink<T> sink, BatchLimits limits, TimeProvider time)
        : base(sink)
    {
        _sink = sink;
        _limits = limits;
        _time = time;
        var longest = Math.Min(limits.BatchRows, limits.MaxItems);
        _segmentsInBatch = (longest + Segment<T>.MaxLength - 1) / Segment<T>.MaxLength;
        _segmentLength = (longest + _segmentsInBatch - 1) / _segmentsInBatch;
        _open = NextSegment();
    }

    public override int MaxBatchesUnderWay => int.MaxValue;

    public override StoreDepth Depth
    {
        get
        {
            lock (_lock)
            {
                var oldest = _sealed.TryPeek(out var first) ? first.FirstAt : _open.FirstAt;
                foreach (var batch in _underWay)
                {
                    oldest = Math.Min(oldest == 0 ? long.MaxValue : oldest, batch.FirstAt);
                }

                return new(_heldItems + _open.Count, _heldBytes + _open.Bytes, oldest);
            }
        }
    }

    public override bool HasPending
    {
        get
        {
            lock (_lock)
            {
                return _sealedItems + _open.Count > 0;
            }
        }
    }

    public override bool HasFullBatch
    {
        get
        {
            lock (_lock)
            {
                return IsFullBatchSealed;
            }
        }
    }

    public override bool IsPressed
    {
        get
        {
            lock (_lock)
            {
                return _heldItems + _open.Count >= _limits.MaxItems / 2 || _heldBytes + _open.Bytes >= _limits.MaxBytes / 2;
            }
        }
    }

    private long FilledAt => Math.Max(1, _limits.BatchBytes / _segmentsInBatch);

    private bool IsFullBatchSealed => _sealedItems > _limits.BatchRows - _segmentLength || _sealedBytes > _limits.BatchBytes - FilledAt;

    public override long Seal()
    {
        lock (_lock)
        {
            return _open.Count > 0 ? _position + 1 : _position; // the open one is sealed when it is taken: a segment for each flush would fill the memory
        }
    }

    public override void Close()
    {
        lock (_lock)
        {
            _closed = true;
            SealOpen();
        }
    }

    public override RowBatch? Take()
    {
        T[] items;
        List<Segment<T>> taken = [];
        ItemBatch<T> batch;
        lock (_lock)
        {
            if (!IsFullBatchSealed)
            {
                SealOpen();
            }

            var count = 0;
            var bytes = 0L;
            while (_sealed.TryPeek(out var next) && count + next.Count <= _limits.BatchRows && (count == 0 || bytes + next.Bytes <= _limits.BatchBytes))
            {
                taken.Add(_sealed.Dequeue());
                count += next.Count;
                bytes += next.Bytes;
            }

            if (count == 0)
            {
                return null;
            }

            _sealedItems -= count;
            _sealedBytes -= bytes;
            items = _arrays.TryPop(out var spare) ? spare : new T[Math.Min(_limits.BatchRows, _limits.MaxItems)];
            batch = new(_sink, items, count, bytes, _position - _sealed.Count, taken[0].FirstAt);
            _underWay.Add(batch);
        }

        Move(taken, items);
        return batch;
    }

    public override void Complete(RowBatch batch)
    {
        lock (_lock)
        {
            var done = (ItemBatch<T>)batch;
            _underWay.Remove(done);
            Release(done.Rows, done.Bytes);
            if (done.MayBeReused)
            {
                Array.Clear(done.Array, 0, done.Rows);
                _arrays.Push(done.Array);
            }
        }
    }

    internal override AddOutcome TryAdd(in T item)
    {
        var bytes = _sink.SizeOf(item);
        if ((ulong)bytes > (ulong)_limits.MaxBytes)
        {
            return AddOutcome.TooLarge; // below zero too: no size is
        }

        while (true)
        {
            var segment = Volatile.Read(ref _open);
            var slot = segment.TryAdd(item, bytes, out var isFilled);
            if (slot > 0 && !isFilled)
            {
                return AddOutcome.Added;
            }

            if (slot >= 0)
            {
                Note(segment, slot, isFilled);
                return AddOutcome.Added;
            }

            if (slot == Segment<T>.Full)
            {
                return AddOutcome.Full;
            }

            if (!Advance(segment))
            {
                return AddOutcome.Closed;
            }
        }
    }

    internal override bool DropOldest()
    {
        lock (_lock)
        {
            if (_sealed.Count == 0)
            {
                SealOpen();
            }

            if (!_sealed.TryPeek(out var oldest))
            {
                return false;
            }

            var bytes = oldest.DropFirst(_sink.SizeOf);
            _sealedItems--;
            _sealedBytes -= bytes;
            if (oldest.Count == 0)
            {
                Recycle(_sealed.Dequeue());
            }

            Release(1, bytes);
            return true;
        }
    }

    private void Note(Segment<T> segment, int slot, bool isFilled)
    {
        if (slot == 0)
        {
            segment.FirstAt = _time.GetTimestamp();
        }

        var isFirst = slot == 0 && Volatile.Read(ref _sealedItems) == 0;
        if (isFilled)
        {
            Advance(segment);
        }

        if (isFirst || isFilled)
        {
            Filled();
        }
    }

    // Puts a fresh segment in the place of one that is full; false when the store is closed.
    private bool Advance(Segment<T> full)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_open, full) && !_closed)
            {
                SealOpen();
            }

            return !_closed;
        }
    }

    private void SealOpen()
    {
        _open.Seal();
        if (_open.Count == 0)
        {
            if (!_closed)
            {
                _open.Open(FilledAt);
            }

            return;
        }

        var (count, bytes) = (_open.Count, _open.Bytes);
        _sealed.Enqueue(_open);
        _position++;
        _sealedItems += count;
        _sealedBytes += bytes;
        _heldItems += count;
        _heldBytes += bytes;
        var next = NextSegment();
        if (_closed)
        {
            next.Seal();
        }

        Volatile.Write(ref _open, next);
    }

    private Segment<T> NextSegment()
    {
        var next = _spare.TryPop(out var spare) ? spare : new(_segmentLength);
        next.Limit(_limits.MaxItems - _heldItems, _limits.MaxBytes - _heldBytes);
        next.Open(FilledAt);
        return next;
    }

    private void Release(int items, long bytes)
    {
        _heldItems -= items;
        _heldBytes -= bytes;
        _open.Limit(_limits.MaxItems - _heldItems, _limits.MaxBytes - _heldBytes);
    }

    private void Move(List<Segment<T>> taken, T[] items)
    {
        var at = 0;
        foreach (var segment in taken)
        {
            at += segment.MoveTo(items.AsSpan(at));
        }

        lock (_lock)
        {
            taken.ForEach(Recycle);
        }
    }

    private void Recycle(Segment<T> segment)
    {
        if (segment.Count == 0)
        {
            segment.MoveTo([]); // all were dropped
        }

        _spare.Push(segment); // there are never more than the bounds once needed
    }
}
