namespace PgScale.Cluster;

/// <summary>
/// When the primary was first seen at which position: what turns a replica's position into an age without any server's clock.
/// </summary>
/// <remarks>
/// Bounded: when full, neighbours in the older half are merged so that each merged sample keeps the earlier time and the later
/// position. Old entries thus get coarser, and lag read from them is rounded up, never down. Not thread-safe.
/// </remarks>
internal sealed class WalPositionHistory
{
    private readonly List<Sample> _samples;
    private readonly int _capacity;

    internal WalPositionHistory(int capacity = 512)
    {
        _capacity = capacity;
        _samples = new(capacity);
    }

    internal int Count => _samples.Count;

    /// <summary>Notes that the primary stood at a position at a time; positions that are not new add nothing.</summary>
    internal void Add(long timestamp, ulong position)
    {
        if (_samples.Count > 0 && position <= _samples[^1].Position)
        {
            return;
        }

        if (_samples.Count == _capacity)
        {
            MergeOlderHalf();
        }

        _samples.Add(new(timestamp, position));
    }

    /// <summary>Forgets positions past a point: they were on a timeline that has been left.</summary>
    internal void ForgetAfter(ulong position)
    {
        while (_samples.Count > 0 && _samples[^1].Position > position)
        {
            _samples.RemoveAt(_samples.Count - 1);
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

    private void MergeOlderHalf()
    {
        var half = _samples.Count / 2;
        var kept = 1; // the oldest sample stays exact: it is the border between known and unknown
        for (var i = 1; i + 1 < half; i += 2)
        {
            _samples[kept++] = new(_samples[i].Timestamp, _samples[i + 1].Position);
        }

        var firstUntouched = 1 + ((half - 1) / 2 * 2);
        _samples.RemoveRange(kept, firstUntouched - kept);
    }

    private readonly record struct Sample(long Timestamp, ulong Position);
}
