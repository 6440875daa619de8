namespace PgScale.Cluster;

/// <summary>One server. Its role is not configured: it is asked.</summary>
public sealed class NodeOptions
{
    /// <summary>The name in logs, metrics and errors. Required, unique without regard to case, up to 63 characters.</summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// How the application connects, as Npgsql reads it. Required; one host. It is never logged.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// How probes connect, when that differs: past a pooler, or as a role that is a member of <c>pg_monitor</c>.
    /// Default: <see cref="ConnectionString"/>.
    /// </summary>
    public string? ProbeConnectionString { get; set; }

    /// <summary>Where the server stands, for reads that prefer to stay near. Default: none.</summary>
    public string? Region { get; set; }

    /// <summary>Share of traffic compared with its peers. More than 0 to 1000; default 1.</summary>
    public double Weight { get; set; } = 1;

    /// <summary>The tiers whose reads this server may take as a replica. Default: empty, which means all.</summary>
    public IList<string> Tiers { get; set; } = [];

    /// <summary>What <see cref="ConnectionString"/> leads through. Default <see cref="PoolerMode.None"/>.</summary>
    public PoolerMode Pooler { get; set; }

    /// <summary>
    /// Whether the pooler keeps prepared statements in transaction mode (PgBouncer 1.21 and later with
    /// <c>max_prepared_statements</c> above 0). Default <see langword="false"/>.
    /// </summary>
    public bool PoolerKeepsPreparedStatements { get; set; }

    /// <summary>
    /// Whether the replica is fed from a WAL archive only, so that a missing WAL receiver is no fault.
    /// Default <see langword="false"/>.
    /// </summary>
    public bool ReplicatesFromArchive { get; set; }
}
