using PgScale.Buffering.Flushing;

namespace PgScale.Buffering.Sinks;

/// <summary>Items that are rows, one each.</summary>
internal sealed class ItemBatch<T>(ItemSink<T> sink, T[] items, int count, long bytes, long through, long firstAt)
    : RowBatch(count, count, bytes, through, firstAt)
{
    internal T[] Array => items;

    internal override bool WouldNameBadRow(RowRange range) => sink.WouldNameBadRow(range);

    internal override Task<bool> WriteAsync(FlushTransaction transaction, RowRange range, bool nameBadRow, CancellationToken cancellationToken) =>
        sink.WriteAsync(transaction, items, range, nameBadRow, cancellationToken);

    internal override object? ItemAt(int row) => items[row];

    internal override string Describe(int row) => sink.Describe(items[row]);
}
