namespace PgScale.Backfill;

/// <summary>How a backfill cuts its batches.</summary>
public enum BackfillForm
{
    /// <summary><see cref="Striped"/> where it pays, <see cref="Range"/> otherwise; the plan says which and why.</summary>
    Auto = 0,

    /// <summary>A batch is a range of the key; the statement, the checkpoint and the next bound travel together.</summary>
    Range,

    /// <summary>
    /// A range of the key is changed in several passes, each of every k-th row, so that the room which one pass makes on a page takes the
    /// next pass's rows.
    /// </summary>
    Striped,
}
