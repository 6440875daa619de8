using PgScale.Cluster;

namespace PgScale.Backfill;

/// <summary>How backfills work, unless a definition says it otherwise.</summary>
public sealed class ControlledBackfillOptions
{
    /// <summary>The tier whose connections backfills use. Default <see cref="TierNames.BestEffort"/>.</summary>
    public string Tier { get; set; } = TierNames.BestEffort;

    /// <summary>Pace and limits of every backfill; what is null has the default that its description names.</summary>
    public BackfillPace Pace { get; set; } = new();

    /// <summary>Longest wait of a batch for a lock; then the batch is split. 1 ms to 1 min; default 300 ms.</summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Longest time of a statement of a batch; then the batch is split. 100 ms to 1 h; default 30 s.</summary>
    public TimeSpan StatementTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether a batch waits until the disk has it. Default false: a crash can take the last batches, always together with their
    /// checkpoints, so that they are done again.
    /// </summary>
    public bool SynchronousCommit { get; set; }

    /// <summary>Rows of the first batch. 1 to 1,000,000; default 1,000.</summary>
    public int FirstBatchRows { get; set; } = 1_000;

    /// <summary>Attempts at a row whose lock is taken or that deadlocks, before it is set aside until the end. 1 to 100; default 5.</summary>
    public int AttemptsPerRow { get; set; } = 5;

    /// <summary>Most rows that are set aside because of an error of their own; one more stops the run. 0 to 100,000; default 100.</summary>
    public int MaxFailedRows { get; set; } = 100;

    /// <summary>Longest wait for a primary, at the start and when one is lost. 0 to 1 day; default 10 min.</summary>
    public TimeSpan FailoverTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Longest wait at the start for transactions that have written to the table already. 0 to 1 h; default 30 s.</summary>
    public TimeSpan WriterWait { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Age of the oldest transaction at which a backfill is refused, since its dead rows could not be removed. 1 s to 1 day; default 30 min.</summary>
    public TimeSpan MaxTransactionAge { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>WAL retained by a replication slot at which a backfill is refused, in bytes. 1 to 1 PiB; default 16 GiB.</summary>
    public long MaxSlotBytes { get; set; } = 16L << 30;

    /// <summary>Time without a batch after which the health check says Degraded. 1 s to 1 day; default 5 min.</summary>
    public TimeSpan StalledAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Time between two looks at the signals. 10 ms to 10 s; default 100 ms, and a quarter of <see cref="BackfillPace.MaxReplicaLag"/> if that is less.</summary>
    public TimeSpan SignalInterval { get; set; } = TimeSpan.FromMilliseconds(100);
}
