using Microsoft.Extensions.Logging;

namespace PgScale.Cluster;

/// <summary>Says what changed between two snapshots: each change once.</summary>
internal static class ClusterChanges
{
    internal static void Log(ILogger logger, string instance, ClusterSnapshot before, ClusterSnapshot after)
    {
        LogPrimary(logger, instance, before, after);
        foreach (var node in after.Nodes)
        {
            var known = before.Find(node.Name);
            if (known is null || known.Health != node.Health || IsNamedAtLast(known, node))
            {
                LogHealth(logger, instance, node, known?.Health ?? NodeHealth.Unknown);
            }

            if (known is not null && known.IsReplayPaused != node.IsReplayPaused && node.Role == NodeRole.Replica)
            {
                LogReplay(logger, instance, node);
            }
        }

        foreach (var node in before.Nodes.Where(node => after.Find(node.Name) is null))
        {
            ClusterLog.NodeRemoved(logger, instance, node.Name);
        }
    }

    private static void LogPrimary(ILogger logger, string instance, ClusterSnapshot before, ClusterSnapshot after)
    {
        if (after.Primary is { } primary)
        {
            if (!string.Equals(before.Primary?.Name, primary.Name, StringComparison.OrdinalIgnoreCase) || before.Timeline != after.Timeline)
            {
                ClusterLog.PrimaryFound(logger, instance, primary.Node, after.Timeline);
            }
        }
        else if (HasSettled(after) && (before.Primary is not null || !HasSettled(before) || (after.IsPrimaryContested && !before.IsPrimaryContested)))
        {
            ClusterLog.PrimaryLost(logger, instance, after.PrimaryProblem);
        }
    }

    private static bool HasSettled(ClusterSnapshot snapshot) =>
        snapshot.Nodes.Length > 0 && snapshot.Nodes.All(node => node.Health != NodeHealth.Unknown);

    // A primary is well before it is known to be the primary, until all servers have been asked.
    private static bool IsNamedAtLast(NodeState before, NodeState now) =>
        now.Health == NodeHealth.Healthy && before.Role == NodeRole.Unknown && now.Role != NodeRole.Unknown;

    private static void LogReplay(ILogger logger, string instance, NodeState node)
    {
        if (node.IsReplayPaused)
        {
            ClusterLog.ReplayPaused(logger, instance, node.Name);
        }
        else
        {
            ClusterLog.ReplayResumed(logger, instance, node.Name);
        }
    }

    private static void LogHealth(ILogger logger, string instance, NodeState node, NodeHealth before)
    {
        if (node is { Health: NodeHealth.Healthy, Role: not NodeRole.Unknown })
        {
            ClusterLog.NodeHealthy(logger, instance, node.Node, node.Role);
        }
        else if (node.Health is not (NodeHealth.Unknown or NodeHealth.Healthy))
        {
            ClusterLog.NodeUnhealthy(logger, instance, node.Node, node.Health, before, node.Reason);
        }
    }
}
