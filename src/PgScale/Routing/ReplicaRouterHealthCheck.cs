using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PgScale.Routing;

/// <summary>Degraded when a tier that has replicas has none that it may use, so that its reads depend on the primary's budget. Asks no server.</summary>
internal sealed class ReplicaRouterHealthCheck(ReplicaRouter router) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var data = new Dictionary<string, object>(StringComparer.OrdinalIgnoreCase);
        var starved = new List<string>();
        foreach (var route in router.Core.Routes.All)
        {
            var view = route.View;
            data[route.Name] = $"{view.Candidates.Length} nodes, {route.Places.InUse} reads under way";
            if (view.Candidates.IsEmpty && view.Snapshot.Nodes.Any(node => node != view.Snapshot.Primary && node.Node.Serves(route.Name)))
            {
                starved.Add(route.Name);
            }
        }

        return Task.FromResult(starved.Count == 0
            ? HealthCheckResult.Healthy("Every tier has a node.", data)
            : HealthCheckResult.Degraded($"No replica may serve tier {string.Join(", ", starved)}: its reads fall back to the primary within the budget.", data: data));
    }
}
