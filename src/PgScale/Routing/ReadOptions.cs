using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>What one read needs. Immutable; keep one per kind of read, or use <c>with</c>.</summary>
public sealed record ReadOptions
{
    /// <summary>The tier by name; default <see cref="ReplicaRouterOptions.DefaultTier"/>.</summary>
    public string? Tier { get; init; }

    /// <summary>The read sees everything up to this token. Default <see cref="ConsistencyToken.None"/>; an ambient scope adds its own.</summary>
    public ConsistencyToken Token { get; init; }

    /// <summary>Nodes of this region are used as long as one of them can be; others otherwise. Default: none.</summary>
    public string? PreferredRegion { get; init; }

    /// <summary>Most lag in time for this read, when that is stricter than the tier's limit. More than 0; default: the tier's.</summary>
    public TimeSpan? MaxStaleness { get; init; }

    /// <summary>Whether the primary may serve the read, within the budget, when no replica can. Default true.</summary>
    public bool AllowPrimary { get; init; } = true;

    /// <summary>
    /// Whether the delegate may run more than once, at the same time too (retries, hedges, servers that hang). Default true;
    /// false gives one attempt on one server.
    /// </summary>
    public bool Idempotent { get; init; } = true;

    internal static ReadOptions Default { get; } = new();
}
