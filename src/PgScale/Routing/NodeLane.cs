using NpgsqlTypes;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>What a tier knows of one node from its own traffic: latency, reads under way, failures, and how far it had replayed.</summary>
/// <remarks>Written by every read, so the numbers are updated without a lock.</remarks>
internal sealed class NodeLane
{
    private readonly TimeProvider _time;
    private readonly NodeLatency _latency;
    private readonly double _stampFrequency;

    private int _inFlight;
    private long _busySince;
    private long _answeredAt;
    private long _probeTicks = long.MaxValue;
    private long _mostSilence = long.MaxValue;
    private int _failuresInARow;
    private long _failedAt;
    private long _knownPosition;
    private long _missedAt = long.MinValue;
    private bool _isSuspect;

    internal NodeLane(ClusterNode node, int maxOpens, TimeSpan memory, TimeProvider time)
    {
        Node = node;
        _time = time;
        _stampFrequency = time.TimestampFrequency;
        _latency = new(memory.TotalSeconds * _stampFrequency, time.GetTimestamp());
        Opens = new(maxOpens, maxOpens);
    }

    internal ClusterNode Node { get; }

    /// <summary>Limits connections that are being opened, so that a failover is no connection storm.</summary>
    internal SemaphoreSlim Opens { get; }

    /// <summary>The work under way: told when the node is given up.</summary>
    internal LaneWaits Waits { get; } = new();

    /// <summary>The pool of this tier's reads on the node, kept so that a read need not look it up.</summary>
    internal LanePool? Pool { get; set; }

    internal int InFlight => Volatile.Read(ref _inFlight);

    internal int FailuresInARow => Volatile.Read(ref _failuresInARow);

    /// <summary>When the node last answered something; 0 when it never has.</summary>
    internal long AnsweredAt => Volatile.Read(ref _answeredAt);

    /// <summary>What a probe of the node takes, in timestamp ticks.</summary>
    internal long ProbeTicks => Volatile.Read(ref _probeTicks);

    internal SilenceDoubt Doubt { get; } = new();

    /// <summary>Whether it seems to hang: it is used when there is no other, until the monitor has its verdict.</summary>
    internal bool IsSuspect => Volatile.Read(ref _isSuspect);

    /// <summary>How long the reads under way have seen no answer from this node; zero when none is under way.</summary>
    internal TimeSpan Silence => InFlight > 0 ? _time.GetElapsedTime(Volatile.Read(ref _busySince)) : TimeSpan.Zero;

    /// <summary>The latest position that the node is known to have replayed; it never goes back while the node keeps its timeline.</summary>
    internal NpgsqlLogSequenceNumber KnownPosition => new((ulong)Volatile.Read(ref _knownPosition));

    /// <summary>The cost of giving this node one more read: expected time in timestamp ticks. Lower is better.</summary>
    internal double CostAt(long now) => (ExpectedAt(now) + 1) * (Volatile.Read(ref _inFlight) + 1);

    /// <summary>How long a read is expected to take here, in timestamp ticks.</summary>
    /// <remarks>
    /// The silence of reads under way counts as well, so a node that hangs or has become slow is avoided before its first answer says so.
    /// Five reads that have waited a second are five seconds without an answer: when lengths vary at random that is as telling as one
    /// read that has waited for five. There is a limit to it, since one long read says nothing of the short ones.
    /// </remarks>
    internal double ExpectedAt(long now)
    {
        var known = _latency.At(now);
        var inFlight = Volatile.Read(ref _inFlight);
        return inFlight == 0 ? known : Math.Max(known, Math.Min((double)(now - Volatile.Read(ref _busySince)) * inFlight, Volatile.Read(ref _mostSilence)));
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

    /// <summary>The node has answered something, whatever it was.</summary>
    internal long Answer()
    {
        var now = _time.GetTimestamp();
        Volatile.Write(ref _busySince, now);
        Volatile.Write(ref _answeredAt, now);
        return now;
    }

    internal void Leave(long startedAt)
    {
        var now = Answer();
        Interlocked.Decrement(ref _inFlight);
        _latency.Observe(now - startedAt, now);
        if (FailuresInARow != 0)
        {
            ForgiveFailures();
        }
    }

    /// <summary>Ends a read that failed: the node is charged a penalty, never the short time in which it failed.</summary>
    /// <remarks>Reads that fail together are one failure, of whatever befell them all: in a row is what began after the last one was seen.</remarks>
    internal void LeaveFailed(long startedAt, TimeSpan penalty)
    {
        LeaveAbandoned(penalty);
        var last = Volatile.Read(ref _failedAt);
        if (startedAt >= last && Interlocked.CompareExchange(ref _failedAt, _time.GetTimestamp(), last) == last)
        {
            Interlocked.Increment(ref _failuresInARow);
        }
    }

    /// <summary>Ends a read that was left behind because the node seemed to hang: its probes will tell whether it failed.</summary>
    internal void LeaveAbandoned(TimeSpan penalty)
    {
        Interlocked.Decrement(ref _inFlight);
        _latency.Raise(Ticks(penalty), _time.GetTimestamp());
    }

    /// <summary>Ends a read that was cancelled or overtaken by a hedge: if it was slow already, the node is thought twice as slow each time.</summary>
    /// <remarks>How slow it really is will never be known, and what is known of it would make it look only as slow as the wait was long.</remarks>
    /// <param name="startedAt">When it began.</param>
    /// <param name="slowTicks">The time from which it counts as slow.</param>
    /// <param name="most">The most that it is thought to have taken.</param>
    /// <param name="isOutlier">Whether the node looked slow before, so that this is no accident.</param>
    internal void LeaveUnfinished(long startedAt, long slowTicks, TimeSpan most, bool isOutlier)
    {
        var now = _time.GetTimestamp();
        Interlocked.Decrement(ref _inFlight);
        if (isOutlier)
        {
            _latency.Raise(Math.Min(2 * Math.Max(now - startedAt, _latency.At(now)), Ticks(most)), now);
        }
        else if (now - startedAt >= slowTicks)
        {
            _latency.Observe(Math.Min(2.0 * (now - startedAt), Ticks(most)), now);
        }
    }

    /// <summary>Ends a read that says nothing of the node: given up early, or in conflict with recovery.</summary>
    internal void LeaveUnmeasured() => Interlocked.Decrement(ref _inFlight);

    /// <summary>Learns how long silence may be taken for slowness, and how long a probe takes.</summary>
    internal void Expect(long mostSilence, TimeSpan probe)
    {
        Volatile.Write(ref _mostSilence, mostSilence);
        Volatile.Write(ref _probeTicks, (long)Ticks(probe));
    }

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

    /// <summary>A read has waited here for its token in vain.</summary>
    internal void Miss() => Volatile.Write(ref _missedAt, _time.GetTimestamp());

    /// <summary>Whether that was so within the last second, in which probes have hardly said anything new.</summary>
    internal bool HasMissed(long now) => Volatile.Read(ref _missedAt) > now - _stampFrequency;

    /// <summary>Forgets positions: the node has left its timeline or its process.</summary>
    internal void ForgetPosition() => Volatile.Write(ref _knownPosition, 0);

    /// <summary>The node was found gone: work on it is given up. False when that was known.</summary>
    internal bool GoDown() => Waits.GoDown();

    internal void ComeUp()
    {
        if (Waits.ComeUp())
        {
            ForgiveFailures();
            _latency.Forget(_time.GetTimestamp()); // the penalties were for being gone; slow start protects it from now on
        }
    }

    /// <summary>The node seems to hang: new reads avoid it, and reads that may run again leave it. False when that was known.</summary>
    /// <param name="youngerThan">Reads that began before this stay: they would lose more than they can gain.</param>
    internal bool Suspect(long youngerThan)
    {
        var isNew = !IsSuspect;
        Volatile.Write(ref _isSuspect, true);
        Waits.GiveUpRepeatable(youngerThan);
        return isNew;
    }

    /// <summary>The node has answered. False when it was not suspected.</summary>
    internal bool Clear()
    {
        var wasSuspect = IsSuspect;
        Volatile.Write(ref _isSuspect, false);
        return wasSuspect;
    }

    internal void ForgiveFailures() => Volatile.Write(ref _failuresInARow, 0);

    private double Ticks(TimeSpan time) => time.TotalSeconds * _stampFrequency;
}
