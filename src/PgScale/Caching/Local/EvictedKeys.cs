using System.Numerics;

namespace PgScale.Caching.Local;

/// <summary>Hashes of keys that were evicted lately, as many as the store holds entries: the ghost queue of S3-FIFO.</summary>
/// <remarks>
/// A table of buckets of four, in which the oldest hash of a bucket makes place; eight bytes a hash, allocated at the first
/// eviction. It forgets all when it has to grow: an entry is then evicted once more than need be, and growth is rare, since
/// evictions begin when the store is full. Callers hold the store's lock.
/// </remarks>
internal sealed class EvictedKeys
{
    private const int Ways = 4;
    private const int MostSlots = 1 << 26;

    private Slot[] _slots = [];
    private uint _now;

    internal void Add(int hash, long entries)
    {
        MakeRoomFor(entries);
        var bucket = BucketOf(hash);
        var oldest = 0;
        for (var way = 1; way < Ways; way++)
        {
            oldest = AgeOf(bucket[way]) > AgeOf(bucket[oldest]) ? way : oldest;
        }

        _now = Math.Max(_now + 1, 1); // zero marks a free slot
        bucket[oldest] = new(hash, _now);
    }

    /// <summary>Whether a key was among the last that were evicted; it is forgotten with the answer.</summary>
    /// <param name="hash">The key's hash.</param>
    /// <param name="entries">How many of the last evictions count.</param>
    internal bool Remove(int hash, long entries)
    {
        if (_slots.Length == 0)
        {
            return false;
        }

        foreach (ref var slot in BucketOf(hash))
        {
            if (slot.Hash == hash && slot.EvictedAt != 0)
            {
                var isRecent = AgeOf(slot) < entries;
                slot = default;
                return isRecent;
            }
        }

        return false;
    }

    internal void Clear() => _slots = [];

    private void MakeRoomFor(long entries)
    {
        if (entries > _slots.Length && _slots.Length < MostSlots)
        {
            _slots = new Slot[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(entries, Ways, MostSlots))];
        }
    }

    private Span<Slot> BucketOf(int hash) => _slots.AsSpan(hash & (_slots.Length - Ways), Ways);

    private long AgeOf(Slot slot) => slot.EvictedAt == 0 ? long.MaxValue : _now - slot.EvictedAt;

    private readonly record struct Slot(int Hash, uint EvictedAt);
}
