using PgScale.Buffering.Flushing;

namespace PgScale.Buffering.Sinks;

/// <summary>A sink that takes items one by one, as rows.</summary>
internal abstract class ItemSink<T> : Sink
{
    /// <summary>Whether there is another way to write a range, in which the server names a bad row.</summary>
    internal virtual bool WouldNameBadRow(RowRange range) => false;

    /// <summary>What an item takes of the buffer's bytes.</summary>
    internal abstract long SizeOf(T item);

    /// <summary>Writes a range of items in the open transaction.</summary>
    /// <returns>False when the ledger says that they were written before.</returns>
    internal abstract Task<bool> WriteAsync(FlushTransaction transaction, T[] items, RowRange range, bool nameBadRow, CancellationToken cancellationToken);

    /// <summary>Which items seem to break a constraint, counted from 0, in order.</summary>
    internal virtual Task<IReadOnlyList<int>> SuspectsAsync(Npgsql.NpgsqlConnection connection, string constraint, T[] items, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<int>>([]);

    /// <summary>An item as JSON, for a dead letter.</summary>
    internal abstract string Describe(T item);
}
