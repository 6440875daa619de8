using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>One read with everything resolved: the tier, the token with that of the ambient scope, and the rest of its options.</summary>
internal readonly record struct ReadRequest(TierRoute Tier, ReadOptions Options, ConsistencyToken Token, ConsistencyScope? Scope)
{
    internal string? PreferredRegion => Options.PreferredRegion;

    internal TimeSpan? MaxStaleness => Options.MaxStaleness;
}
