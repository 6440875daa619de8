namespace PgScale.Backfill;

/// <summary>How fast a backfill may go and what it must not hurt. Null means: as the next more general pace says.</summary>
/// <remarks>From the most special to the most general: <c>SetPaceAsync</c>, the stage, the definition, <see cref="ControlledBackfillOptions.Pace"/>.</remarks>
public sealed record BackfillPace
{
    /// <summary>How long a batch should take; the number of rows follows. 1 ms to 1 min; default 100 ms.</summary>
    public TimeSpan? BatchTime { get; set; }

    /// <summary>Most rows of a batch. 1 to 1,000,000; default 5,000: more gain nothing, and cost much where an index over scattered values is updated too.</summary>
    public int? MaxBatchRows { get; set; }

    /// <summary>Pause after each batch as a multiple of its time: 1 works half of the time. 0 to 100; default 0.</summary>
    public double? Nice { get; set; }

    /// <summary>Most rows per second, of each process. 1 to 1,000,000,000; default none.</summary>
    public long? MaxRowsPerSecond { get; set; }

    /// <summary>
    /// Most lag of a replica, in time. 1 ms to 1 day; default: <see cref="TierLagShare"/> of the strictest limit of the tiers that it serves.
    /// </summary>
    public TimeSpan? MaxReplicaLag { get; set; }

    /// <summary>Most lag of a replica, in bytes. 1 to 1 TiB; default as for <see cref="MaxReplicaLag"/>.</summary>
    public long? MaxReplicaLagBytes { get; set; }

    /// <summary>How much of a tier's limits of lag a backfill may use up. More than 0 to 1; default 0.5.</summary>
    public double? TierLagShare { get; set; }

    /// <summary>Replicas that do not count, by name. Default: none.</summary>
    public IList<string>? IgnoreReplicas { get; set; }

    /// <summary>Most WAL that the primary writes, all its clients together, in bytes per second. 1 to 1 TiB; default none.</summary>
    public long? MaxWalRate { get; set; }

    /// <summary>Most sessions that run a statement on the primary, this backfill's not counted. 1 to 10,000; default none.</summary>
    public int? MaxActiveSessions { get; set; }

    /// <summary>Active sessions at which the run pauses itself until somebody resumes it. 1 to 10,000; default none.</summary>
    public int? CriticalActiveSessions { get; set; }

    /// <summary>Longest answer time of the primary to a probe: what a small query of the application waits. 1 ms to 1 min; default none.</summary>
    public TimeSpan? MaxProbeTime { get; set; }

    /// <summary>Most sessions that wait for locks of this backfill. 0 to 1,000; default 0: more shrink the batch.</summary>
    public int? MaxLockWaiters { get; set; }

    /// <summary>Most dead rows of the table, as a share of its rows. 0.01 to 100; default none.</summary>
    public double? MaxDeadRows { get; set; }

    /// <summary>Whether to wait while a vacuum of the table runs. Default false.</summary>
    public bool? YieldToVacuum { get; set; }

    /// <summary>Fewest connections that must stay free on the primary. 0 to 10,000; default 5.</summary>
    public int? MinFreeConnections { get; set; }

    /// <summary>WAL since the last checkpoint as a share of <c>max_wal_size</c>. 0.01 to 10; default none.</summary>
    public double? MaxCheckpointDistance { get; set; }

    /// <summary>Hours of the day in which it may work, in the zone <see cref="TimeZone"/>. Default: all day.</summary>
    public IList<BackfillWindow>? Windows { get; set; }

    /// <summary>The zone of <see cref="Windows"/>, as the system names it: <c>Europe/Berlin</c>. Default UTC.</summary>
    public string? TimeZone { get; set; }

    internal BackfillPace Over(BackfillPace general) => new()
    {
        BatchTime = BatchTime ?? general.BatchTime,
        MaxBatchRows = MaxBatchRows ?? general.MaxBatchRows,
        Nice = Nice ?? general.Nice,
        MaxRowsPerSecond = MaxRowsPerSecond ?? general.MaxRowsPerSecond,
        MaxReplicaLag = MaxReplicaLag ?? general.MaxReplicaLag,
        MaxReplicaLagBytes = MaxReplicaLagBytes ?? general.MaxReplicaLagBytes,
        TierLagShare = TierLagShare ?? general.TierLagShare,
        IgnoreReplicas = IgnoreReplicas ?? general.IgnoreReplicas,
        MaxWalRate = MaxWalRate ?? general.MaxWalRate,
        MaxActiveSessions = MaxActiveSessions ?? general.MaxActiveSessions,
        CriticalActiveSessions = CriticalActiveSessions ?? general.CriticalActiveSessions,
        MaxProbeTime = MaxProbeTime ?? general.MaxProbeTime,
        MaxLockWaiters = MaxLockWaiters ?? general.MaxLockWaiters,
        MaxDeadRows = MaxDeadRows ?? general.MaxDeadRows,
        YieldToVacuum = YieldToVacuum ?? general.YieldToVacuum,
        MinFreeConnections = MinFreeConnections ?? general.MinFreeConnections,
        MaxCheckpointDistance = MaxCheckpointDistance ?? general.MaxCheckpointDistance,
        Windows = Windows ?? general.Windows,
        TimeZone = TimeZone ?? general.TimeZone,
    };
}
