using NpgsqlTypes;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>What a tier knows of one node from its own traffic: latency, reads under way, failures, and how far it had replayed.</summary>
/// <remarks>
/// Written by every read, so all fields are updated without a lock. Latency is a peak-sensitive moving average: a slow answer counts
/// at once, fast ones only bring it down with time (Finagle's peak EWMA).
/// </remarks>
internal sealed class NodeLane
{
    private readonly TimeProvider _time;
    private readonly double _tauTicks;
    private readonly double _stampFrequency;

    private double _latency; // timestamp ticks
    private long _observedAt;
    private int _inFlight;
    private long _busySince;
    private int _failuresInARow;
    private long _knownPosition;
    private TaskCompletionSource _down = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal NodeLane(ClusterNode node, int maxOpens, TimeSpan tau, TimeProvider time)
    {
        Node = node;
        _time = time;
        _stampFrequency = time.TimestampFrequency;
        _tauTicks = tau.TotalSeconds * _stampFrequency;
        _observedAt = time.GetTimestamp();
        Opens = new(maxOpens, maxOpens);
    }

    internal ClusterNode Node { get; }

    /// <summary>Limits connections that are being opened, so that a failover is no connection storm.</summary>
    internal SemaphoreSlim Opens { get; }

    internal int InFlight => Volatile.Read(ref _inFlight);

    internal int FailuresInARow => Volatile.Read(ref _failuresInARow);

    /// <summary>Ends when the monitor finds that the node is gone: reads under way on it are given up.</summary>
    internal Task Down => Volatile.Read(ref _down).Task;

    /// <summary>How long the reads under way have seen no answer from this node; zero when none is under way.</summary>
    internal TimeSpan Silence => InFlight > 0 ? _time.GetElapsedTime(Volatile.Read(ref _busySince)) : TimeSpan.Zero;

    /// <summary>The latest position that the node is known to have replayed; it never goes back while the node keeps its timeline.</summary>
    internal NpgsqlLogSequenceNumber KnownPosition => new((ulong)Volatile.Read(ref _knownPosition));

    /// <summary>The cost of giving this node one more read: expected time in timestamp ticks. Lower is better.</summary>
    /// <remarks>The age of the oldest read under way counts as well, so a node that hangs is avoided before anyone knows that it does.</remarks>
    internal double CostAt(long now)
    {
        var inFlight = Volatile.Read(ref _inFlight);
        var latency = Volatile.Read(ref _latency);
        var idle = now - Volatile.Read(ref _observedAt);
        if (idle > 0)
        {
            latency *= Math.Exp(-idle / _tauTicks); // an old slow answer is forgotten, or a node that was cold once would starve
        }

        if (inFlight > 0)
        {
            latency = Math.Max(latency, now - Volatile.Read(ref _busySince));
        }

        return (latency + 1) * (inFlight + 1);
    }

    internal long Enter()
    {
        var now = _time.GetTimestamp();
        if (Interlocked.Increment(ref _inFlight) == 1)
        {
            Volatile.Write(ref _busySince, now);
        }

        return now;
    }

    internal void Leave(long startedAt)
    {
        var now = _time.GetTimestamp();
        Interlocked.Decrement(ref _inFlight);
        Volatile.Write(ref _busySince, now); // the node just gave a sign of life
        Observe(now - startedAt, now);
        Volatile.Write(ref _failuresInARow, 0);
    }

    /// <summary>Ends a read that failed: the node is charged a penalty, never the short time in which it failed.</summary>
    internal void LeaveFailed(TimeSpan penalty)
    {
        var now = _time.GetTimestamp();
        Interlocked.Decrement(ref _inFlight);
        Observe((long)(penalty.TotalSeconds * _stampFrequency), now);
        Interlocked.Increment(ref _failuresInARow);
    }

    /// <summary>Ends a read that was cancelled or overtaken by a hedge: if it was slow already, the node is thought twice as slow each time.</summary>
    /// <remarks>How slow it really is will never be known, and what is known of it would make it look only as slow as the wait was long.</remarks>
    internal void LeaveUnfinished(long startedAt, long slowTicks, TimeSpan most)
    {
        var now = _time.GetTimestamp();
        Interlocked.Decrement(ref _inFlight);
        if (now - startedAt >= slowTicks)
        {
            var doubled = 2 * Math.Max(now - startedAt, Volatile.Read(ref _latency));
            Observe((long)Math.Min(doubled, most.TotalSeconds * _stampFrequency), now);
        }
    }

    /// <summary>Ends a read that says nothing of the node: given up early, or in conflict with recovery.</summary>
    internal void LeaveUnmeasured() => Interlocked.Decrement(ref _inFlight);

    internal void Learn(NpgsqlLogSequenceNumber position)
    {
        var value = (long)(ulong)position;
        for (var known = Volatile.Read(ref _knownPosition); (ulong)known < (ulong)value;)
        {
            var seen = Interlocked.CompareExchange(ref _knownPosition, value, known);
            if (seen == known)
            {
                return;
            }

            known = seen;
        }
    }

    /// <summary>Forgets positions: the node has left its timeline or its process.</summary>
    internal void ForgetPosition() => Volatile.Write(ref _knownPosition, 0);

    internal void GoDown() => Volatile.Read(ref _down).TrySetResult();

    internal void ComeUp()
    {
        if (Down.IsCompleted)
        {
            ForgiveFailures();
            Volatile.Write(ref _down, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
    }

    internal void ForgiveFailures() => Volatile.Write(ref _failuresInARow, 0);

    // Two writers may overwrite each other; the average loses one sample, which is cheaper than a lock on every read.
    private void Observe(long ticks, long now)
    {
        var latency = Volatile.Read(ref _latency);
        if (ticks > latency)
        {
            Volatile.Write(ref _latency, ticks);
        }
        else
        {
            var weight = Math.Exp(-Math.Max(0, now - Volatile.Read(ref _observedAt)) / _tauTicks);
            Volatile.Write(ref _latency, (latency * weight) + (ticks * (1 - weight)));
        }

        Volatile.Write(ref _observedAt, now);
    }
}
