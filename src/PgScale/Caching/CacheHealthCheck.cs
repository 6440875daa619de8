using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PgScale.Caching;

/// <summary>Degraded while Redis is configured and cannot be used: each process then loads for itself. Asks nobody.</summary>
internal sealed class CacheHealthCheck(CacheWithLocking cache) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var core = cache.Core;
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["local.entries"] = core.Local.Count,
            ["loads.running"] = core.Gate.Running,
            ["loads.queued"] = core.Gate.Waiting,
            ["removals.pending"] = core.Shared?.PendingRemovals ?? 0,
            ["processes"] = core.Shared?.Fleet.Members ?? 1,
        };
        return Task.FromResult(core.IsRedisAway
            ? HealthCheckResult.Degraded(
                $"Redis cannot be used: this process caches for itself and loads at most {core.Options.MaxConcurrentLoads} values at the same time.",
                data: data)
            : HealthCheckResult.Healthy(core.Shared is null ? "The cache is in process alone." : "Redis is used.", data));
    }
}
