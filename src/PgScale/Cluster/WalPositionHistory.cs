namespace PgScale.Cluster;

/// <summary>
/// When the primary was first seen at which position: what turns a replica's position into an age without any server's clock.
/// </summary>
/// <remarks>
/// Bounded: when full, neighbours that together span a small share of their age are merged into one sample with the earliest time
/// and the latest position. So samples get sparser the older they are, and lag read from them is rounded up by that share at most,
/// never down. Not thread-safe.
/// </remarks>
internal sealed class WalPositionHistory
{
    private const int LeastCapacity = 3; // the oldest sample and a pair to merge
    private const double LeastShare = 1 / 32d; // some 300 samples for a day of one a second

    private readonly List<Sample> _samples;
    private readonly int _capacity;

    internal WalPositionHistory(int capacity = 512)
    {
        _capacity = Math.Max(capacity, LeastCapacity);
        _samples = new(_capacity);
    }

    internal int Count => _samples.Count;

    /// <summary>Notes that the primary stood at a position at a time; positions that are not new add nothing.</summary>
    internal void Add(long timestamp, ulong position)
    {
        if (_samples.Count > 0 && position <= _samples[^1].Position)
        {
            return;
        }

        PassAllBy(timestamp);
        if (_samples.Count == _capacity)
        {
            Thin(timestamp);
        }

        _samples.Add(new(timestamp, position));
    }

    /// <summary>Forgets everything.</summary>
    internal void Clear() => _samples.Clear();

    /// <summary>Forgets positions past a point: they were on a timeline that has been left. The point itself had been reached.</summary>
    internal void ForgetAfter(ulong position)
    {
        var first = FirstAfter(position);
        if (first < _samples.Count)
        {
            var reachedAt = _samples[first].Timestamp;
            _samples.RemoveRange(first, _samples.Count - first);
            Add(reachedAt, position);
        }
    }

    /// <summary>The lag of a replica that had replayed up to a position at a time; unknown when it is older than all samples.</summary>
    internal ReplicationLag LagOf(ulong replayed, long observedAt, TimeProvider time)
    {
        var last = LastAt(observedAt);
        if (last < 0)
        {
            return ReplicationLag.Unknown;
        }

        var head = _samples[last].Position;
        if (replayed >= head)
        {
            return ReplicationLag.None;
        }

        var bytes = (long)(head - replayed);
        return replayed < _samples[0].Position
            ? new(bytes, null)
            : new(bytes, time.GetElapsedTime(_samples[FirstAfter(replayed)].Timestamp, observedAt));
    }

    private int LastAt(long timestamp)
    {
        int low = 0, high = _samples.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = _samples[middle].Timestamp <= timestamp ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
    }

    private int FirstAfter(ulong position)
    {
        int low = 0, high = _samples.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = _samples[middle].Position <= position ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    // An answer that was long under way: what lies before its position was there by its time at the latest.
    private void PassAllBy(long timestamp)
    {
        for (var i = _samples.Count - 1; i >= 0 && _samples[i].Timestamp > timestamp; i--)
        {
            _samples[i] = _samples[i] with { Timestamp = timestamp };
        }
    }

    private void Thin(long now)
    {
        for (var share = LeastShare; _samples.Count == _capacity; share *= 2)
        {
            MergeWithin(share, now);
        }
    }

    // The oldest sample stays exact: it is the border between known and unknown.
    private void MergeWithin(double share, long now)
    {
        var kept = 1;
        for (int first = 1, next; first < _samples.Count; first = next)
        {
            var start = _samples[first].Timestamp;
            for (next = first + 1; next < _samples.Count && EndOf(next, now) - start <= share * (now - start);)
            {
                next++;
            }

            _samples[kept++] = new(start, _samples[next - 1].Position);
        }

        _samples.RemoveRange(kept, _samples.Count - kept);
    }

    private long EndOf(int sample, long now) => sample + 1 < _samples.Count ? _samples[sample + 1].Timestamp : now;

    private readonly record struct Sample(long Timestamp, ulong Position);
}
