using System.Collections.Immutable;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>Says of each node why a read did not go there.</summary>
internal static class Refusals
{
    internal static ImmutableArray<string> Explain(TierRoute route, ReadRequest request, LaneAdmission admission, Func<ClusterNode, NodeLane?> laneOf)
    {
        var view = route.View;
        return [.. view.Snapshot.Nodes.Select(node => $"{node.Node}: {Explain(node, route, view, request, admission, laneOf(node.Node))}")];
    }

    private static string Explain(NodeState node, TierRoute route, TierView view, ReadRequest request, LaneAdmission admission, NodeLane? lane)
    {
        if (ReferenceEquals(node, view.Snapshot.Primary))
        {
            return request.Options.AllowPrimary ? "it is the primary, whose budget for fallback reads is used up" : "it is the primary, which this read does not allow";
        }

        if (!node.IsUsable)
        {
            return node.Reason;
        }

        if (!node.Node.Serves(route.Name))
        {
            return $"it does not serve tier {route.Name}";
        }

        if (!view.Snapshot.Settings.Tiers.TryGetValue(route.Name, out var tier))
        {
            return $"tier {route.Name} was taken out of PgScale:Tiers";
        }

        return (lane is null ? null : admission.Explain(lane, node, tier))
            ?? (request.MaxStaleness is { } most && !node.Lag.IsWithin(most, null) ? $"its lag is {node.Lag}, the read allows {most}" : null)
            ?? (!request.Token.IsNone && view.Snapshot.CoverageOf(node, request.Token) != TokenCoverage.Covered ? "it had not replayed the read's token in time" : null)
            ?? "it failed or was tried already";
    }
}
