namespace PgScale.Routing;

/// <summary>How long a node takes for a read: a moving average that is quick to rise, in timestamp ticks.</summary>
/// <remarks>
/// A slower answer counts for a quarter at once, a quicker one for a twentieth or by the time since the last one. Taking the peaks
/// themselves (Finagle's peak EWMA) makes all nodes look alike when reads vary in length: each then shows its own longest read of late.
/// What an idle node once took is forgotten exponentially, or a node that was cold once would starve.
/// </remarks>
internal sealed class NodeLatency(double memoryTicks, long now)
{
    private const double WeightOfSlower = 0.25;
    private const double LeastWeight = 0.05;

    private double _latency;
    private long _observedAt = now;

    internal double At(long now)
    {
        var idle = now - Volatile.Read(ref _observedAt);
        var latency = Volatile.Read(ref _latency);
        return idle > 0 ? latency * Math.Exp(-idle / memoryTicks) : latency;
    }

    // Two writers may overwrite each other; the average loses one sample, which is cheaper than a lock on every read.
    internal void Observe(double ticks, long now)
    {
        var latency = Volatile.Read(ref _latency);
        var weight = latency <= 0 ? 1
            : ticks > latency ? WeightOfSlower
            : Math.Max(LeastWeight, 1 - Math.Exp(-Math.Max(0, now - Volatile.Read(ref _observedAt)) / memoryTicks));
        Set(latency + ((ticks - latency) * weight), now);
    }

    /// <summary>Takes it to be at least so slow from now on.</summary>
    internal void Raise(double ticks, long now) => Set(Math.Max(ticks, Volatile.Read(ref _latency)), now);

    /// <summary>Knows nothing any more.</summary>
    internal void Forget(long now) => Set(0, now);

    private void Set(double latency, long now)
    {
        Volatile.Write(ref _latency, latency);
        Volatile.Write(ref _observedAt, now);
    }
}
