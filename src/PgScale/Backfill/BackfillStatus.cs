namespace PgScale.Backfill;

/// <summary>Where a backfill stands, as its checkpoint says: the same for every process.</summary>
public sealed record BackfillStatus
{
    /// <summary>The backfill.</summary>
    public required string Name { get; init; }

    /// <summary>Its state.</summary>
    public BackfillState State { get; init; }

    /// <summary>Why it is in that state; empty when somebody asked for it.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The stage under way; empty when there is only one.</summary>
    public string Stage { get; init; } = "";

    /// <summary>Workers that hold a range right now, in all processes.</summary>
    public int Workers { get; init; }

    /// <summary>Rows that were looked at.</summary>
    public long RowsVisited { get; init; }

    /// <summary>Rows that were changed. After a crash it may lack the rows of one batch per crash.</summary>
    public long RowsChanged { get; init; }

    /// <summary>Rows to look at, by the table's statistics at the start.</summary>
    public long RowsEstimated { get; init; }

    /// <summary>Batches that were committed.</summary>
    public long Batches { get; init; }

    /// <summary>Rows that could not be changed and are listed in <c>pgscale.backfill_row</c>.</summary>
    public long RowsSetAside { get; init; }

    /// <summary>The signal that limited the pace when a worker last wrote; empty when none did.</summary>
    public string LimitedBy { get; init; } = "";

    /// <summary>The pace that was set while it runs.</summary>
    public BackfillPace Pace { get; init; } = new();

    /// <summary>When it began.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When a worker wrote last; null before the first batch.</summary>
    public DateTimeOffset? SeenAt { get; init; }

    /// <summary>When it ended; null while it has not.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How much is done, 0 to 1, as far as the statistics are right.</summary>
    public double Fraction => State == BackfillState.Completed ? 1 : RowsEstimated <= 0 ? 0 : Math.Min(0.999, (double)RowsVisited / RowsEstimated);
}
