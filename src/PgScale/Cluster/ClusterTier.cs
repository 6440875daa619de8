namespace PgScale.Cluster;

/// <summary>A tier as configured: immutable. See <see cref="TierOptions"/> for what the limits mean.</summary>
public sealed class ClusterTier
{
    internal ClusterTier(string name, TierOptions options)
    {
        Name = name;
        MaxLagTime = options.MaxLagTime;
        MaxLagBytes = options.MaxLagBytes;
        StatementTimeout = options.StatementTimeout;
        LockTimeout = options.LockTimeout;
        IdleInTransactionTimeout = options.IdleInTransactionTimeout;
    }

    /// <summary>The tier's name as configured.</summary>
    public string Name { get; }

    /// <summary>Most lag in time of a fresh replica, or null.</summary>
    public TimeSpan? MaxLagTime { get; }

    /// <summary>Most lag in bytes of a fresh replica, or null.</summary>
    public long? MaxLagBytes { get; }

    /// <summary><c>statement_timeout</c>, or null.</summary>
    public TimeSpan? StatementTimeout { get; }

    /// <summary><c>lock_timeout</c>, or null.</summary>
    public TimeSpan? LockTimeout { get; }

    /// <summary><c>idle_in_transaction_session_timeout</c>, or null.</summary>
    public TimeSpan? IdleInTransactionTimeout { get; }

    /// <summary>Whether a lag is known and within this tier's limits.</summary>
    public bool Accepts(ReplicationLag lag) => lag.IsWithin(MaxLagTime, MaxLagBytes);

    internal bool HasTimeoutsOf(ClusterTier other) =>
        StatementTimeout == other.StatementTimeout && LockTimeout == other.LockTimeout && IdleInTransactionTimeout == other.IdleInTransactionTimeout;
}
