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
            if (known is null || known.Health != node.Health)
            {
                LogHealth(logger, instance, node, known?.Health ?? NodeHealth.Unknown);
            }

            if (known is not null && known.IsReplayPaused != node.IsReplayPaused && node.Role == NodeRole.Replica)
            {
                ClusterLog.ReplayPaused(logger, instance, node.Name, node.IsReplayPaused ? "paused" : "resumed");
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

    private static void LogHealth(ILogger logger, string instance, NodeState node, NodeHealth before)
    {
        if (node.Health == NodeHealth.Healthy)
        {
            ClusterLog.NodeHealthy(logger, instance, node.Node, node.Role);
        }
        else if (node.Health != NodeHealth.Unknown)
        {
            ClusterLog.NodeUnhealthy(logger, instance, node.Node, node.Health, before, node.Reason);
        }
    }
}
