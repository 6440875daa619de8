using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>Decides which replicas a tier may use: lag with hysteresis, ejection of failing nodes, slow start of returning ones.</summary>
/// <remarks>Not thread-safe: one thread follows the snapshots.</remarks>
internal sealed class LaneAdmission(TierRoutingOptions settings, ReplicaRouterOptions options, TimeProvider time)
{
    private const double ReturnShare = 0.8; // 20 % hysteresis
    private const double LeastWeight = 0.1;

    private readonly Dictionary<NodeLane, Standing> _standings = [];

    private bool _hasAdmitted;

    internal Candidate[] Admit(ClusterSnapshot snapshot, ClusterTier tier, Func<ClusterNode, NodeLane> laneOf)
    {
        var members = snapshot.Replicas.Where(node => node.Node.Serves(tier.Name)).Select(node => (State: node, Lane: laneOf(node.Node))).ToList();
        foreach (var gone in _standings.Keys.Except(members.Select(member => member.Lane)).ToList())
        {
            _standings.Remove(gone);
        }

        var now = time.GetTimestamp();
        var admitted = members.Where(member => member.State.IsUsable && IsFresh(member.Lane, member.State, tier)).ToList();
        AddFreshest(members, admitted);
        Eject(members.Count, admitted.Select(member => member.Lane), now);
        admitted.RemoveAll(member => StandingOf(member.Lane).IsEjected(now));
        Settle(members.ConvertAll(member => member.Lane), admitted.ConvertAll(member => member.Lane), now);
        return [.. admitted.Select(member => new Candidate(member.Lane, member.State, Ramp(member.Lane, now) * member.State.Node.Weight))];
    }

    internal IReadOnlyList<string> FindEjected()
    {
        var now = time.GetTimestamp();
        return [.. _standings.Where(standing => standing.Value.IsEjected(now)).Select(standing => standing.Key.Node.Name)];
    }

    /// <summary>Why a usable node is not used, or null.</summary>
    internal string? Explain(NodeLane lane, NodeState state, ClusterTier tier)
    {
        var now = time.GetTimestamp();
        return _standings.TryGetValue(lane, out var standing) && standing.IsEjected(now)
            ? $"it is ejected for {time.GetElapsedTime(now, standing.EjectedUntil).TotalSeconds:0} s more after {options.EjectAfterFailures} failures in a row"
            : !tier.Accepts(state.Lag) ? $"its lag is {state.Lag}, the tier's limit {Limits(tier)}" : null;
    }

    private static string Limits(ClusterTier tier) => new ReplicationLag(tier.MaxLagBytes, tier.MaxLagTime).ToString();

    private bool IsFresh(NodeLane lane, NodeState state, ClusterTier tier)
    {
        var standing = StandingOf(lane);
        var (maxTime, maxBytes) = standing.IsTooFarBehind
            ? (tier.MaxLagTime * ReturnShare, (long?)(tier.MaxLagBytes * ReturnShare))
            : (tier.MaxLagTime, tier.MaxLagBytes);
        var fresh = state.Lag.IsWithin(maxTime, maxBytes);
        standing.IsTooFarBehind = !fresh && state.Lag.IsKnown;
        return fresh;
    }

    // Better a little stale than the primary under all of the traffic: Vitess keeps the least lagged tablets in the same way.
    private void AddFreshest(List<(NodeState State, NodeLane Lane)> members, List<(NodeState State, NodeLane Lane)> admitted)
    {
        var missing = settings.MinimumServing - admitted.Count;
        if (missing > 0)
        {
            admitted.AddRange(members
                .Where(member => member.State.IsUsable && member.State.Lag.IsWithin(settings.HardMaxLagTime, null) && !admitted.Contains(member))
                .OrderBy(member => member.State.Lag.Time)
                .Take(missing));
        }
    }

    private void Eject(int members, IEnumerable<NodeLane> lanes, long now)
    {
        var room = (int)(members * options.MaxEjectedShare) - _standings.Values.Count(standing => standing.IsEjected(now));
        foreach (var lane in lanes.Where(lane => lane.FailuresInARow >= options.EjectAfterFailures && !StandingOf(lane).IsEjected(now)))
        {
            if (room-- > 0)
            {
                StandingOf(lane).Eject(now, options, time);
                lane.ForgiveFailures(); // it begins anew when it returns
            }
        }
    }

    private double Ramp(NodeLane lane, long now)
    {
        if (StandingOf(lane).ReturnedAt is not { } returnedAt || options.SlowStart <= TimeSpan.Zero)
        {
            return 1;
        }

        return Math.Clamp(time.GetElapsedTime(returnedAt, now) / options.SlowStart, LeastWeight, 1);
    }

    // Nodes that are configured from the start and come in late need no ramp: everything is cold then.
    private void Settle(List<NodeLane> members, List<NodeLane> admitted, long now)
    {
        foreach (var lane in members)
        {
            var standing = StandingOf(lane);
            var isIn = admitted.Contains(lane);
            if (isIn && !standing.IsIn && standing.IsKnown)
            {
                standing.ReturnedAt = now;
            }

            standing.IsIn = isIn;
            standing.IsKnown |= isIn;
        }

        _hasAdmitted |= admitted.Count > 0;
    }

    private Standing StandingOf(NodeLane lane)
    {
        if (!_standings.TryGetValue(lane, out var standing))
        {
            _standings[lane] = standing = new() { IsKnown = _hasAdmitted };
        }

        return standing;
    }

    private sealed class Standing
    {
        private int _ejections;

        internal bool IsIn { get; set; }

        /// <summary>Whether it served before, or was added while others served.</summary>
        internal bool IsKnown { get; set; }

        internal bool IsTooFarBehind { get; set; }

        internal long? ReturnedAt { get; set; }

        internal long EjectedUntil { get; private set; }

        internal bool IsEjected(long now) => now < EjectedUntil;

        internal void Eject(long now, ReplicaRouterOptions options, TimeProvider time)
        {
            var quiet = EjectedUntil > 0 && time.GetElapsedTime(EjectedUntil, now) > options.MaxEjectionTime;
            _ejections = quiet ? 1 : _ejections + 1;
            var length = TimeSpan.FromTicks(Math.Min((options.EjectionTime * _ejections).Ticks, options.MaxEjectionTime.Ticks));
            EjectedUntil = now + (long)(length.TotalSeconds * time.TimestampFrequency);
        }
    }
}
