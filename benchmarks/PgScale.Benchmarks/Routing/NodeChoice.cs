using System.Collections.Immutable;
using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Benchmarks.Routing;

/// <summary>A tier whose replicas all are fresh and well and have some traffic, and a read that chooses among them.</summary>
internal sealed class NodeChoice
{
    private const ulong SystemIdentifier = 7;

    private readonly TierView _view;
    private readonly ReadRequest _request;

    public NodeChoice(int replicas, bool withToken)
    {
        var time = TimeProvider.System;
        var nodes = Enumerable.Range(1, replicas).Select(number => new NodeState(NodeOf(number))
        {
            Role = NodeRole.Replica,
            Health = NodeHealth.Healthy,
            Timeline = 1,
            Position = new(2_000),
            Lag = ReplicationLag.None,
        }).ToImmutableArray();
        var snapshot = new ClusterSnapshot(new(new(), [.. nodes.Select(node => node.Node)]), TimelineHistory.Empty)
        {
            Nodes = nodes,
            Replicas = nodes,
            SystemIdentifier = SystemIdentifier,
            Timeline = 1,
        };
        _view = new(snapshot, [.. nodes.Select(node => new Candidate(LaneOf(node.Node, time), node, 1))], time);
        _request = new(
            new(TierNames.Important, new(), new(), snapshot, time),
            ReadOptions.Default,
            withToken ? new(SystemIdentifier, 1, new(1_000), DateTimeOffset.UnixEpoch) : ConsistencyToken.None,
            Scope: null);
    }

    public int Choose() => _view.Choose(_request, default, covered: true);

    private static ClusterNode NodeOf(int number) => new(new() { Name = $"replica{number}", ConnectionString = "Host=127.0.0.1" });

    private static NodeLane LaneOf(ClusterNode node, TimeProvider time)
    {
        var lane = new NodeLane(node, maxOpens: 8, TimeSpan.FromSeconds(10), time);
        lane.Leave(lane.Enter());
        lane.Enter();
        return lane;
    }
}
