namespace PgScale.Cluster;

/// <summary>Whether a server can be used, as the last probe says.</summary>
public enum NodeHealth
{
    /// <summary>No probe has ended yet.</summary>
    Unknown = 0,

    /// <summary>The server answers, and a replica receives the log.</summary>
    Healthy,

    /// <summary>
    /// A replica that answers while its WAL receiver has been gone for two probes although there is a primary.
    /// What it serves is as old as its <see cref="ReplicationLag"/> says, and will get older.
    /// </summary>
    NotReplicating,

    /// <summary>The server refuses connections, is starting up or shutting down, or does not answer in time.</summary>
    Unreachable,

    /// <summary>
    /// The server answers but its data is not that of this cluster: another system identifier, a timeline that was left
    /// behind, or a claim to be primary that a second server makes as well. It is never used.
    /// </summary>
    Fenced,
}
