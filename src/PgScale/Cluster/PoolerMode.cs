namespace PgScale.Cluster;

/// <summary>What stands between PgScale and a server.</summary>
public enum PoolerMode
{
    /// <summary>Nothing, or a pooler in session mode: start-up options and session state hold.</summary>
    None = 0,

    /// <summary>
    /// PgBouncer (or a pooler like it) in transaction mode: each transaction may run on another server connection, so guards
    /// are set with <c>SET LOCAL</c>, no session state is used, and connections are not reset on close.
    /// </summary>
    PgBouncerTransaction,
}
