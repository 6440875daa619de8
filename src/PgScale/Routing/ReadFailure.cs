namespace PgScale.Routing;

/// <summary>What a failed read says: of its node, of a conflict with replay, of a plan that grew old, or of itself.</summary>
internal enum ReadFailure
{
    /// <summary>The statement's own fault: nobody else would do better.</summary>
    Statement = 0,

    /// <summary>The node broke, hangs, restarts or lost its role.</summary>
    Node,

    /// <summary>Replay of the log had to cancel the read (PostgreSQL manual, 27.4.2). The node is well.</summary>
    RecoveryConflict,

    /// <summary>The node did not reach the read's token in time. Another one may have.</summary>
    Stale,

    /// <summary>A prepared statement no longer fits its table after a schema change (0A000).</summary>
    CachedPlan,
}
