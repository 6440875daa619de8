using System.Collections.Frozen;
using System.Collections.Immutable;
using Npgsql;

namespace PgScale.Cluster;

/// <summary>Valid options, frozen: what one reload replaces as a whole.</summary>
internal sealed class ClusterSettings
{
    internal ClusterSettings(PgScaleOptions options, ImmutableArray<ClusterNode> nodes)
    {
        Nodes = nodes;
        Tiers = options.Tiers.ToFrozenDictionary(
            tier => tier.Key, tier => new ClusterTier(tier.Key, tier.Value), StringComparer.OrdinalIgnoreCase);
        ProbeInterval = options.Probe.Interval;
        HeartbeatInterval = options.Probe.HeartbeatInterval;
        ProbeTimeout = options.Probe.Timeout;
        AbandonAfter = options.Probe.AbandonAfter;
        UrgentInterval = options.Probe.UrgentInterval;
        TopologyRefreshInterval = options.TopologyRefreshInterval;
        SystemIdentifier = options.SystemIdentifier;
        ApplicationName = options.ApplicationName;
        ConfigureDataSource = options.ConfigureDataSource;
    }

    internal ImmutableArray<ClusterNode> Nodes { get; }

    internal FrozenDictionary<string, ClusterTier> Tiers { get; }

    internal TimeSpan ProbeInterval { get; }

    internal TimeSpan HeartbeatInterval { get; }

    internal TimeSpan ProbeTimeout { get; }

    internal TimeSpan AbandonAfter { get; }

    internal TimeSpan UrgentInterval { get; }

    internal TimeSpan TopologyRefreshInterval { get; }

    internal ulong? SystemIdentifier { get; }

    internal string ApplicationName { get; }

    internal Action<ClusterNode, NpgsqlDataSourceBuilder>? ConfigureDataSource { get; }

    /// <summary>The tier of a name.</summary>
    /// <exception cref="ArgumentException">There is no such tier; the message lists those that there are.</exception>
    internal ClusterTier GetTier(string name) => Tiers.TryGetValue(name, out var tier)
        ? tier
        : throw new ArgumentException(
            $"There is no tier '{name}'. Use one of {string.Join(", ", Tiers.Keys.Order(StringComparer.Ordinal))}, or add it under PgScale:Tiers.",
            nameof(name));
}
