using PgScale.Buffering.Flushing;

namespace PgScale.Buffering.Sinks;

/// <summary>Items that are rows, one each.</summary>
internal sealed class ItemBatch<T>(ItemSink<T> sink, T[] items, int count, long bytes, long through, long firstAt)
    : RowBatch(count, count, bytes, through, firstAt)
{
    internal T[] Array => items;

    internal override bool WouldNameBadRow(RowRange range) => sink.WouldNameBadRow(range);

    internal override Task<bool> WriteAsync(FlushTransaction transaction, RowSet rows, bool nameBadRow, CancellationToken cancellationToken) => rows.IsWhole
        ? sink.WriteAsync(transaction, items, rows.Range, nameBadRow, cancellationToken)
        : sink.WriteAsync(transaction, rows.Of(items), new(0, rows.Count), nameBadRow, cancellationToken);

    internal override async Task<IReadOnlyList<int>> SuspectsAsync(Npgsql.NpgsqlConnection connection, string constraint, RowSet rows, CancellationToken cancellationToken)
    {
        var suspects = await sink.SuspectsAsync(connection, constraint, rows.Of(items), cancellationToken).ConfigureAwait(false);
        return [.. suspects.Select(index => rows.At(index)).OfType<int>()];
    }

    internal override object? ItemAt(int row) => items[row];

    internal override string Describe(int row) => sink.Describe(items[row]);
}
