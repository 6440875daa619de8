namespace PgScale.Ddl;

/// <summary>How schema changes are judged and run.</summary>
public sealed class SafeDdlExecutorOptions
{
    /// <summary>What is allowed. Default <see cref="DdlPolicy.Default"/>.</summary>
    public DdlPolicy Policy { get; set; } = DdlPolicy.Default;

    /// <summary>
    /// How to reach the primary directly as a role that may change the schema; with several hosts add
    /// <c>Target Session Attributes=primary</c>. It is never logged. Default null: the primary's own connection string.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>Longest time in the lock queue for each try, in which others queue up behind. 1 ms to 1 s; default 50 ms.</summary>
    public TimeSpan LockQueueTime { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Age of a transaction from which it is waited for instead of queued behind. 1 ms to 10 s; default 50 ms.</summary>
    public TimeSpan OldTransaction { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest time between two looks at who is in the way. 10 ms to 10 s; default 250 ms.</summary>
    public TimeSpan LookInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Longest wait of a step for its locks before the run stops and says who is in the way. 0 to 1 day; default 10 min.</summary>
    public TimeSpan LockPatience { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Longest time that a step may hold locks that stop others (<c>statement_timeout</c>). 10 ms to 1 min; default 5 s.</summary>
    public TimeSpan StepTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time of a concurrent step or a validation, which stop nobody. 1 s to 30 days; default 1 day.</summary>
    public TimeSpan LongStepTimeout { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Longest wait for another runner to end. 0 to 1 day; default 1 min.</summary>
    public TimeSpan RunnerPatience { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether replicas are looked at before a lock that they replay is taken. Default true.</summary>
    public bool WatchReplicas { get; set; } = true;

    /// <summary>Replication lag above which steps and batches wait, up to <see cref="LockPatience"/>. 10 ms to 1 h; default 1 s.</summary>
    public TimeSpan MaxReplicaLag { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Rows that a backfill changes in one transaction. 1 to 100,000; default 1,000.</summary>
    public int BackfillBatch { get; set; } = 1_000;

    /// <summary>Pause between two batches of a backfill. 0 to 1 min; default 10 ms.</summary>
    public TimeSpan BackfillPause { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Fills columns in place of the own loop, for example with ControlledBackfill; it returns when no row remains. Default null.</summary>
    public Func<DdlBackfill, CancellationToken, Task>? Backfill { get; set; }

    /// <summary>How much of a blocker's statement is shown. Default <see cref="DdlQueryText.Redacted"/>.</summary>
    public DdlQueryText QueryText { get; set; } = DdlQueryText.Redacted;

    /// <summary>Whether a migration may be applied although a later one has been. Default false.</summary>
    public bool AllowOutOfOrder { get; set; }
}
