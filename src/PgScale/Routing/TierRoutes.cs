using System.Collections.Frozen;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>All tiers of a router.</summary>
internal sealed class TierRoutes
{
    private readonly FrozenDictionary<string, TierRoute> _routes;

    internal TierRoutes(ClusterSettings settings, ReplicaRouterOptions options, ClusterSnapshot snapshot, TimeProvider time)
    {
        Default = options.DefaultTier;
        _routes = settings.Tiers.Keys.ToFrozenDictionary(
            name => name,
            name => new TierRoute(name, options.Tiers.TryGetValue(name, out var tier) ? tier : new(), options, snapshot, time),
            StringComparer.OrdinalIgnoreCase);
    }

    internal string Default { get; }

    internal IEnumerable<TierRoute> All => _routes.Values;

    /// <summary>The route of a tier.</summary>
    /// <exception cref="ArgumentException">There is no such tier.</exception>
    internal TierRoute Get(string? name) => _routes.TryGetValue(name ?? Default, out var route)
        ? route
        : throw new ArgumentException(
            $"There is no tier '{name}'. Use one of {string.Join(", ", _routes.Keys.Order(StringComparer.Ordinal))}, or add it under PgScale:Tiers and restart.", nameof(name));

    internal void Follow(ClusterSnapshot snapshot)
    {
        foreach (var route in _routes.Values)
        {
            route.Follow(snapshot);
        }
    }
}
