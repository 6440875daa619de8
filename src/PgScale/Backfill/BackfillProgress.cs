namespace PgScale.Backfill;

/// <summary>How far a run is and what holds it back.</summary>
public sealed record BackfillProgress
{
    /// <summary>The backfill.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it works, waits or is over.</summary>
    public BackfillState State { get; init; }

    /// <summary>The stage under way; empty when there is only one, <c>sweep</c> for the last look.</summary>
    public string Stage { get; init; } = "";

    /// <summary>Rows that were looked at, in all runs.</summary>
    public long RowsVisited { get; init; }

    /// <summary>Rows that were changed, in all runs. After a crash it may lack the rows of one batch per crash.</summary>
    public long RowsChanged { get; init; }

    /// <summary>Rows to look at, by the table's statistics at the start.</summary>
    public long RowsEstimated { get; init; }

    /// <summary>How much is done, 0 to 1, as far as the statistics are right.</summary>
    public double Fraction => State == BackfillState.Completed ? 1 : RowsEstimated <= 0 ? 0 : Math.Min(0.999, (double)RowsVisited / RowsEstimated);

    /// <summary>Rows per second over the last 10 s of this process.</summary>
    public double RowsPerSecond { get; init; }

    /// <summary>Time that is left at the pace of the last minute; null while less than 1 % is done.</summary>
    public TimeSpan? Remaining { get; init; }

    /// <summary>Time that is left if it goes on as in the fastest tenth of the last minute.</summary>
    public TimeSpan? RemainingAtBest { get; init; }

    /// <summary>Time that is left if it goes on as in the slowest tenth of the last minute.</summary>
    public TimeSpan? RemainingAtWorst { get; init; }

    /// <summary>Rows of the last batch.</summary>
    public int BatchRows { get; init; }

    /// <summary>Time of the last batch.</summary>
    public TimeSpan BatchTime { get; init; }

    /// <summary>Share of the time in which batches may run, 0 to 1; 0 while it is held.</summary>
    public double Duty { get; init; }

    /// <summary>The signal that limits the pace most; empty when none does.</summary>
    public string LimitedBy { get; init; } = "";

    /// <summary>Why the pace is limited, as the end of a sentence; empty when it is not.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Rows that were set aside by this process.</summary>
    public int RowsSetAside { get; init; }
}
