using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>A node that a tier may use now: its lane, its state in the snapshot, and its share of traffic.</summary>
internal readonly record struct Candidate(NodeLane Lane, NodeState State, double Weight)
{
    /// <summary>Whether it has the write of a token, by the snapshot or by what a read has seen since.</summary>
    internal TokenCoverage CoverageOf(ConsistencyToken token, ClusterSnapshot snapshot)
    {
        var coverage = snapshot.CoverageOf(State, token);
        return coverage == TokenCoverage.NotYet && token.Timeline <= State.Timeline && Lane.KnownPosition >= token.Position
            ? TokenCoverage.Covered
            : coverage;
    }
}
