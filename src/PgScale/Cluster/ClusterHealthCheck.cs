using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PgScale.Cluster;

/// <summary>Unhealthy without a primary, Degraded when a tier that has replicas has no fresh one. Asks no server.</summary>
internal sealed class ClusterHealthCheck(ClusterMonitor monitor) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Task.FromResult(Check(monitor.Current, context.Registration?.FailureStatus ?? HealthStatus.Unhealthy));
    }

    internal static HealthCheckResult Check(ClusterSnapshot snapshot, HealthStatus failureStatus)
    {
        var data = snapshot.Nodes.ToDictionary(node => node.Name, node => (object)Describe(node), StringComparer.OrdinalIgnoreCase);
        if (snapshot.Primary is null)
        {
            return new(failureStatus, snapshot.PrimaryProblem, data: data);
        }

        var starved = snapshot.Tiers.Where(tier => IsStarved(snapshot, tier)).Select(tier => tier.Name).Order(StringComparer.Ordinal).ToList();
        return starved.Count == 0
            ? HealthCheckResult.Healthy($"Primary {snapshot.Primary.Name}, {snapshot.Replicas.Count(node => node.IsUsable)} usable replicas.", data)
            : HealthCheckResult.Degraded($"No fresh replica for tier {string.Join(", ", starved)}: {Reasons(snapshot)}", data: data);
    }

    private static bool IsStarved(ClusterSnapshot snapshot, ClusterTier tier) =>
        snapshot.Nodes.Any(node => node != snapshot.Primary && node.Node.Serves(tier.Name)) && !snapshot.GetFreshReplicas(tier.Name).Any();

    private static string Reasons(ClusterSnapshot snapshot) =>
        string.Join("; ", snapshot.Nodes.Where(node => node != snapshot.Primary).Select(Describe)) + ".";

    private static string Describe(NodeState node) => node.Reason.Length == 0 ? node.ToString() : $"{node}, {node.Reason}";
}
