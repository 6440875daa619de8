using Npgsql;
using PgScale.Buffering.Flushing;

namespace PgScale.Buffering.Sinks;

/// <summary>Hands batches to a delegate of the user, in a transaction that is committed together with the ledger.</summary>
internal sealed class OwnSink<T>(Func<NpgsqlConnection, IReadOnlyList<T>, CancellationToken, Task> flush, Func<T, long>? sizeOf) : ItemSink<T>
{
    private static readonly long DefaultSize = ColumnSize.OfItem<T>() + (typeof(T).IsValueType ? 0 : 256);

    internal override string Target => "(own sink)";

    internal override ValueTask PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => default;

    internal override void Forget()
    {
    }

    internal override long SizeOf(T item) => sizeOf?.Invoke(item) ?? DefaultSize;

    internal override async Task<bool> WriteAsync(FlushTransaction transaction, T[] items, RowRange range, bool nameBadRow, CancellationToken cancellationToken)
    {
        if (!await transaction.SendAsync([], cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        await flush(transaction.Connection, new ArraySegment<T>(items, range.From, range.Count), cancellationToken).ConfigureAwait(false);
        return true;
    }

    internal override string Describe(T item) => item?.ToString() ?? "";
}
