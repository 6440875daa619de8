using NpgsqlTypes;
using PgScale.Cluster;

namespace PgScale.Tests.Routing;

/// <summary>A replica on paper: a test says how it is.</summary>
internal sealed class PaperNode(NodeOptions options)
{
    internal ClusterNode Node { get; } = new(options);

    internal NodeHealth Health { get; set; } = NodeHealth.Healthy;

    internal TimeSpan? LagTime { get; set; } = TimeSpan.Zero;

    internal long? LagBytes { get; set; } = 0;

    internal ulong Position { get; set; } = 1000;

    internal uint Timeline { get; set; } = 1;

    internal NodeState ToState() => new(Node)
    {
        Role = NodeRole.Replica,
        Health = Health,
        Reason = Health == NodeHealth.Healthy ? "" : "it is broken on paper",
        Timeline = Timeline,
        SystemIdentifier = PaperTier.SystemIdentifier,
        Position = new NpgsqlLogSequenceNumber(Position),
        Lag = new(LagBytes, LagTime),
    };
}
