namespace PgScale.Backfill.Planning;

/// <summary>Which rows a statement of a batch is about.</summary>
[Flags]
internal enum RowScope
{
    /// <summary>Behind the lower bound, up to the upper one.</summary>
    Between = 0,

    /// <summary>From the beginning of the table, up to the upper bound.</summary>
    FromStart = 1,

    /// <summary>The one row with the key of the upper bound.</summary>
    One = 2,

    /// <summary>Only the rows of a stripe.</summary>
    Striped = 4,

    /// <summary>The rows of a stripe, named one by one: whole numbers without many gaps.</summary>
    Listed = 8,
}
