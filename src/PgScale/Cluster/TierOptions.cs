namespace PgScale.Cluster;

/// <summary>A class of work: how fresh its replicas must be and how long its statements may take.</summary>
/// <remarks>
/// A server enforces the time limits, so they hold also when this process hangs. <see cref="TimeSpan.Zero"/> is refused, because
/// PostgreSQL reads 0 as "no limit": leave a limit out (<see langword="null"/>) to say that.
/// </remarks>
public sealed class TierOptions
{
    /// <summary>Most lag in time of a replica that counts as fresh. More than 0; default depends on the tier; null for no limit.</summary>
    public TimeSpan? MaxLagTime { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Most lag in bytes of a replica that counts as fresh. More than 0; default 64 MiB; null for no limit.</summary>
    public long? MaxLagBytes { get; set; } = 64L << 20;

    /// <summary><c>statement_timeout</c>. 1 ms to 24 days; default 15 s; null for the server's own setting.</summary>
    public TimeSpan? StatementTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary><c>lock_timeout</c>. 1 ms to 24 days; default 2 s; null for the server's own setting.</summary>
    public TimeSpan? LockTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// <c>idle_in_transaction_session_timeout</c>. 1 ms to 24 days; default 30 s; null for the server's own setting.
    /// </summary>
    public TimeSpan? IdleInTransactionTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
