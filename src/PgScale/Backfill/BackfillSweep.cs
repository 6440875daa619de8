namespace PgScale.Backfill;

/// <summary>How far the last look for rows that came late goes back. It only reads, unless it finds one.</summary>
public enum BackfillSweep
{
    /// <summary><see cref="Recent"/> where keys grow with time, <see cref="Full"/> otherwise.</summary>
    Auto = 0,

    /// <summary>The last 100,000 keys before the start: what a transaction alive then may have drawn from a sequence and inserted later.</summary>
    Recent,

    /// <summary>All rows.</summary>
    Full,

    /// <summary>None: writers set the columns themselves since before the start.</summary>
    None,
}
