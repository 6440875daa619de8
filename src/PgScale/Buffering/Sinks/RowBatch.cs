using PgScale.Buffering.Flushing;

namespace PgScale.Buffering.Sinks;

/// <summary>Rows that were taken from a store to be written; immutable until it is given back.</summary>
internal abstract class RowBatch(int rows, long items, long bytes, long through, long firstAt)
{
    /// <summary>Rows to write.</summary>
    internal int Rows { get; } = rows;

    /// <summary>Items that were merged into them.</summary>
    internal long Items { get; } = items;

    /// <summary>What they take of the buffer's bytes.</summary>
    internal long Bytes { get; } = bytes;

    /// <summary>Everything that the store had marked with this position or an earlier one is in this batch or an earlier one.</summary>
    internal long Through { get; } = through;

    /// <summary>When its oldest item came.</summary>
    internal long FirstAt { get; } = firstAt;

    /// <summary>Whether nobody reads it any more when it is given back: not so when an attempt was abandoned on a server that hangs.</summary>
    internal bool MayBeReused { get; private set; } = true;

    /// <summary>Whether there is another way to write a range, in which the server names a bad row.</summary>
    internal abstract bool WouldNameBadRow(RowRange range);

    internal void LeaveToReader() => MayBeReused = false;

    /// <summary>The numbers of its items in the spool; null when there is none.</summary>
    internal SequenceRuns? Sequences { get; set; }

    /// <summary>Whether items were merged into rows, so that the first rows are not the first items.</summary>
    internal virtual bool IsMerged => false;

    /// <summary>Which of its items the ledger has once a range is committed and all before it; null when the lane counts batches instead.</summary>
    internal long? NumberOf(RowRange range) => IsMerged ? Sequences?.Last : Sequences?[range.End - 1];

    /// <summary>Writes rows in the open transaction.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="nameBadRow">Whether to choose the way in which the server names a bad row.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>False when the ledger says that they were written before.</returns>
    internal abstract Task<bool> WriteAsync(FlushTransaction transaction, RowSet rows, bool nameBadRow, CancellationToken cancellationToken);

    /// <summary>Which rows seem to break a constraint by which a failure came about. A guess: it is the table that refuses them.</summary>
    internal virtual Task<IReadOnlyList<int>> SuspectsAsync(Npgsql.NpgsqlConnection connection, string constraint, RowSet rows, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<int>>([]);

    /// <summary>Told when rows are committed.</summary>
    internal virtual void Committed(RowSet rows)
    {
    }

    /// <summary>The item of a row as it was enqueued; null when items were merged into it.</summary>
    internal abstract object? ItemAt(int row);

    /// <summary>A row as JSON, for a dead letter.</summary>
    internal abstract string Describe(int row);
}
