namespace PgScale.Ddl;

/// <summary>
/// What to do about sessions that stand in the way of a lock. Replication, backups and vacuums that prevent wraparound are never
/// cancelled or ended, whatever is set here.
/// </summary>
public sealed record DdlBlockerPolicy
{
    /// <summary>What is done to a session that is old enough and of one of the applications. Default <see cref="DdlBlockerAction.Wait"/>.</summary>
    public DdlBlockerAction Action { get; init; } = DdlBlockerAction.Wait;

    /// <summary>How long a transaction must have been open before it is touched. Default 30 seconds.</summary>
    public TimeSpan OlderThan { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The <c>application_name</c>s that may be touched; empty (default) means none but those that <see cref="AnyApplication"/> allows.</summary>
    public IReadOnlyList<string> Applications { get; init; } = [];

    /// <summary>Whether sessions of any application may be touched. Default false.</summary>
    public bool AnyApplication { get; init; }

    /// <summary>How long a plain autovacuum may stand in the way before it is cancelled. Default 1 second.</summary>
    public TimeSpan AutovacuumAfter { get; init; } = TimeSpan.FromSeconds(1);
}
