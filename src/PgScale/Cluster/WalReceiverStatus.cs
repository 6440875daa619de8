namespace PgScale.Cluster;

/// <summary>Whether a replica's WAL receiver process runs.</summary>
public enum WalReceiverStatus
{
    /// <summary>Not asked yet, or the server is not a replica.</summary>
    Unknown = 0,

    /// <summary>The process runs.</summary>
    Running,

    /// <summary>There is no such process: the replica gets no new log by streaming.</summary>
    Stopped,
}
