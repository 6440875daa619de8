using Npgsql;
using PgScale.Cluster;

namespace PgScale;

/// <summary>The servers of one cluster and how they are watched: the part of the configuration that all components share.</summary>
public sealed class PgScaleOptions
{
    /// <summary>The servers, in any order; which one is primary is found out. Names are unique. Default: empty.</summary>
    public IList<NodeOptions> Nodes { get; set; } = [];

    /// <summary>
    /// The tiers by name, without regard to case. Default: <see cref="TierNames.Critical"/>, <see cref="TierNames.Important"/> and
    /// <see cref="TierNames.BestEffort"/>, whose values can be changed one by one; more can be added.
    /// </summary>
    public IDictionary<string, TierOptions> Tiers { get; } = TierNames.CreateDefaults();

    /// <summary>How often and how patiently servers are asked.</summary>
    public ProbeOptions Probe { get; set; } = new();

    /// <summary>
    /// Time between two looks at host names and at node sources. 1 s to 1 h; default 30 s.
    /// </summary>
    public TimeSpan TopologyRefreshInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The only system identifier that is accepted (<c>SELECT system_identifier FROM pg_control_system()</c>).
    /// Default null: the one of the first primary found.
    /// </summary>
    public ulong? SystemIdentifier { get; set; }

    /// <summary>
    /// The application's name at the front of <c>application_name</c>; the part of PgScale that asks follows. Default: empty.
    /// </summary>
    public string ApplicationName { get; set; } = "";

    /// <summary>
    /// Completes every data source that PgScale builds, for probes and for work: password providers, certificates, type mappings.
    /// Default: none.
    /// </summary>
    public Action<ClusterNode, NpgsqlDataSourceBuilder>? ConfigureDataSource { get; set; }
}
