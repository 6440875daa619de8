using System.Numerics;
using PgScale.Buffering.Sinks;

namespace PgScale.Buffering.Holding;

/// <summary>Merges items as they come, so that a hot key takes one slot; a flush takes all keys at once.</summary>
/// <remarks>Merging into a key that is there is never refused: only a new key needs room.</remarks>
internal sealed class MergeStore<T, TKey> : ItemStore<T>
    where TKey : notnull
{
    private const int MaxStripes = 32;

    private readonly Lock _lock = new();
    private readonly MergeSink<T, TKey> _sink;
    private readonly BatchLimits _limits;
    private readonly TimeProvider _time;
    private readonly MergeStripe<T, TKey>[] _stripes;
    private readonly Stack<MergeTable<T, TKey>> _spare = new();

    private MergeBatch<T, TKey>? _underWay;
    private long _position;
    private int _liveKeys;
    private int _heldKeys; // live and under way
    private long _heldBytes;
    private volatile bool _closed;

    internal MergeStore(MergeSink<T, TKey> sink, BatchLimits limits, TimeProvider time)
        : base(sink)
    {
        _sink = sink;
        _limits = limits;
        _time = time;
        var count = (int)Math.Min(MaxStripes, BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount) * 2);
        _stripes = [.. Enumerable.Range(0, count).Select(_ => new MergeStripe<T, TKey>(CreateTable(), limits.MaxItems / count))];
    }

    public override int MaxBatchesUnderWay => 1; // two at once could overtake each other on one key

    public override StoreDepth Depth
    {
        get
        {
            lock (_lock)
            {
                var oldest = _underWay?.FirstAt ?? _stripes.Select(stripe => stripe.Live.FirstAt).Where(at => at > 0).DefaultIfEmpty().Min();
                return new(Volatile.Read(ref _heldKeys), Interlocked.Read(ref _heldBytes), oldest);
            }
        }
    }

    public override bool HasPending => Volatile.Read(ref _liveKeys) > 0;

    public override bool HasFullBatch => Volatile.Read(ref _liveKeys) >= _limits.BatchRows;

    public override bool IsPressed => Volatile.Read(ref _heldKeys) >= _limits.MaxItems / 2 || Interlocked.Read(ref _heldBytes) >= _limits.MaxBytes / 2;

    public override long Seal()
    {
        lock (_lock)
        {
            return HasPending ? _position + 1 : _position;
        }
    }

    public override void Close()
    {
        foreach (var stripe in _stripes)
        {
            lock (stripe.Lock)
            {
                _closed = true;
            }
        }
    }

    public override RowBatch? Take()
    {
        lock (_lock)
        {
            if (!HasPending || _underWay is not null)
            {
                return null;
            }

            var parts = Array.ConvertAll(_stripes, Swap);
            var firstAt = parts.Where(part => part.FirstAt > 0).Select(part => part.FirstAt).DefaultIfEmpty(_time.GetTimestamp()).Min();
            _position++;
            return _underWay = new(_sink, parts, _position, firstAt, Written);
        }
    }

    public override void Complete(RowBatch batch)
    {
        lock (_lock)
        {
            var done = (MergeBatch<T, TKey>)batch;
            Interlocked.Add(ref _heldKeys, -done.Rows);
            Interlocked.Add(ref _heldBytes, -done.Bytes);
            _underWay = null;
            if (done.MayBeReused)
            {
                foreach (var part in done.Parts)
                {
                    part.Clear();
                    _spare.Push(part);
                }
            }
        }
    }

    internal override AddOutcome TryAdd(in T item)
    {
        var key = _sink.KeyOf(item);
        var stripe = _stripes[StripeOf(key)];
        lock (stripe.Lock)
        {
            if (_closed)
            {
                return AddOutcome.Closed;
            }

            return stripe.Live.TryMerge(key, item) ? AddOutcome.Added
                : IsGuarded(stripe, key, item) ? AddOutcome.Needless
                : TryAddKey(stripe, key, item);
        }
    }

    private AddOutcome TryAddKey(MergeStripe<T, TKey> stripe, TKey key, T item)
    {
        var bytes = _sink.SizeOf(key, item);
        if ((ulong)bytes > (ulong)_limits.MaxBytes)
        {
            return AddOutcome.TooLarge; // below zero too: no size is
        }

        if (!TryReserve(bytes))
        {
            return AddOutcome.Full;
        }

        try
        {
            stripe.Live.Add(key, item, bytes);
        }
        catch
        {
            Reserve(-1, -bytes);
            throw;
        }

        if (stripe.Live.Count == 1)
        {
            stripe.Live.FirstAt = _time.GetTimestamp();
        }

        var live = Interlocked.Increment(ref _liveKeys);
        if (live == 1 || live == _limits.BatchRows || live == _limits.MaxItems / 2)
        {
            Filled();
        }

        return AddOutcome.Added;
    }

    private bool TryReserve(long bytes)
    {
        if (Interlocked.Increment(ref _heldKeys) > _limits.MaxItems)
        {
            Interlocked.Decrement(ref _heldKeys);
            return false;
        }

        if (Interlocked.Add(ref _heldBytes, bytes) > _limits.MaxBytes)
        {
            Reserve(-1, -bytes);
            return false;
        }

        return true;
    }

    private void Reserve(int keys, long bytes)
    {
        Interlocked.Add(ref _heldKeys, keys);
        Interlocked.Add(ref _heldBytes, bytes);
    }

    private bool IsGuarded(MergeStripe<T, TKey> stripe, TKey key, T item) =>
        _sink.Guard is { } guard && stripe.Recent.IsWithin(key, guard.TicksOf(item), guard.Threshold.Ticks);

    private void Written(TKey key, MergePlace place, long ticks)
    {
        var stripe = _stripes[place.Part];
        lock (stripe.Lock)
        {
            stripe.Recent.Note(key, ticks);
        }
    }

    private MergeTable<T, TKey> Swap(MergeStripe<T, TKey> stripe)
    {
        var next = _spare.TryPop(out var spare) ? spare : CreateTable();
        lock (stripe.Lock)
        {
            var taken = stripe.Live;
            stripe.Live = next;
            Interlocked.Add(ref _liveKeys, -taken.Count);
            return taken;
        }
    }

    private MergeTable<T, TKey> CreateTable() => new(_sink.Columns, comparer: null);

    // The dictionary uses the low bits of the hash: the stripe is chosen by others.
    private int StripeOf(TKey key) => (int)((uint)key.GetHashCode() * 2654435769u >> 16) & (_stripes.Length - 1);
}
