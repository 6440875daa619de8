using Microsoft.Extensions.Logging;

namespace PgScale.Routing;

/// <summary>Says when a tier loses its last node or gets one back, and when nodes are ejected: each change once.</summary>
internal sealed class RouteChanges(ILogger logger, string instance)
{
    private readonly Dictionary<string, Known> _known = new(StringComparer.OrdinalIgnoreCase);

    internal void Look(TierRoutes routes)
    {
        foreach (var route in routes.All)
        {
            var now = new Known(route.View.Candidates.Length, route.FindEjected());
            var before = _known.GetValueOrDefault(route.Name, new(1, []));
            _known[route.Name] = now;
            LogStarvation(route, before, now);
            foreach (var node in now.Ejected.Except(before.Ejected, StringComparer.OrdinalIgnoreCase))
            {
                ReplicaRouterLog.NodeEjected(logger, instance, route.Name, node);
            }

            foreach (var node in before.Ejected.Except(now.Ejected, StringComparer.OrdinalIgnoreCase))
            {
                ReplicaRouterLog.NodeReturned(logger, instance, route.Name, node);
            }
        }
    }

    private void LogStarvation(TierRoute route, Known before, Known now)
    {
        if (now.Count == 0 && before.Count > 0)
        {
            ReplicaRouterLog.TierStarved(logger, instance, route.Name, string.Join("; ", route.View.Snapshot.Nodes));
        }
        else if (now.Count > 0 && before.Count == 0)
        {
            ReplicaRouterLog.TierFed(logger, instance, route.Name, now.Count);
        }
    }

    private sealed record Known(int Count, IReadOnlyList<string> Ejected);
}
