namespace PgScale.Cluster;

/// <summary>Whether a server is known to hold the write that a <see cref="ConsistencyToken"/> stands for.</summary>
public enum TokenCoverage
{
    /// <summary>Not known to hold it yet: its last known position is before the token's. Waiting may help.</summary>
    NotYet = 0,

    /// <summary>It holds the write.</summary>
    Covered,

    /// <summary>
    /// The token is from before a promotion whose switch point is not known here: only the primary is certain to be as good, and is itself reported as <see cref="Covered"/>.
    /// </summary>
    PrimaryOnly,

    /// <summary>The write was lost in a failover: no server will ever hold it. Read from the primary and say so.</summary>
    Lost,

    /// <summary>The token is from another cluster.</summary>
    Foreign,
}
