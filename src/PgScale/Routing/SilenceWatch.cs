using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>Finds nodes that seem to hang within tens of milliseconds, long before the monitor's verdict. One step, called again and again.</summary>
/// <remarks>
/// Reads without an answer have their node probed at once. A probe that is not answered either, when nothing else of the node is, makes
/// it suspect: one long read never does, since the probe is answered beside it. Looks are counted as well as time, so that a pause of
/// this process, in which no answer could be seen, is not taken for one of the node. A tier's last node is never suspected. A read that
/// has run for longer than the monitor takes for its verdict waits for that: to begin anew would cost it more.
/// </remarks>
internal sealed class SilenceWatch(Func<IEnumerable<TierRoute>> routes, Func<ClusterNode, long> askedAt, Action<string> probe, TimeSpan suspicionAfter, TimeSpan verdict, TimeProvider time)
{
    private const int LeastLooks = 3;
    private const int UsualReads = 2;
    private const int UsualProbes = 4;

    private static readonly TimeSpan LongestGap = TimeSpan.FromMilliseconds(500);

    /// <summary>Looks at all lanes; tells of each change.</summary>
    /// <param name="onSuspected">Gets the tier and the node that seems to hang.</param>
    /// <param name="onCleared">Gets the tier and the node that has answered again.</param>
    internal void Look(Action<TierRoute, ClusterNode> onSuspected, Action<TierRoute, ClusterNode> onCleared)
    {
        var now = time.GetTimestamp();
        var verdictTicks = (long)(verdict.TotalSeconds * time.TimestampFrequency);
        foreach (var route in routes())
        {
            foreach (var lane in route.Lanes)
            {
                ProbeWhenSilent(route, lane, now);
                if (SeemsToHang(route, lane, now))
                {
                    if (lane.Suspect(youngerThan: now - verdictTicks))
                    {
                        onSuspected(route, lane.Node);
                    }
                }
                else if (lane.Clear())
                {
                    onCleared(route, lane.Node);
                }
            }
        }
    }

    private void ProbeWhenSilent(TierRoute route, NodeLane lane, long now)
    {
        var doubt = lane.Doubt;
        var silence = lane.Silence;
        if (silence <= Longer(suspicionAfter, route.Latency.Usual, UsualReads))
        {
            doubt.Gap = suspicionAfter;
        }
        else if (doubt.ProbedAt == 0 || time.GetElapsedTime(doubt.ProbedAt, now) >= doubt.Gap)
        {
            doubt.ProbedAt = now;
            doubt.Gap = doubt.Gap * 2 < LongestGap ? doubt.Gap * 2 : LongestGap; // an answered probe next to a long read need not be repeated soon
            probe(lane.Node.Name);
        }
    }

    private bool SeemsToHang(TierRoute route, NodeLane lane, long now)
    {
        var asked = askedAt(lane.Node);
        if (asked == 0 || lane.AnsweredAt >= asked || lane.Doubt.CountLook(asked) < LeastLooks)
        {
            return false;
        }

        return time.GetElapsedTime(asked, now) >= Longer(suspicionAfter, lane.ProbeTicks, UsualProbes) && route.View.HasAnother(lane);
    }

    private TimeSpan Longer(TimeSpan least, long ticks, int times) =>
        ticks != long.MaxValue && time.GetElapsedTime(0, ticks) * times is var longer && longer > least ? longer : least;
}
