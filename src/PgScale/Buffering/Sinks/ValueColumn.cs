using System.Text.Json;
using Npgsql;

namespace PgScale.Buffering.Sinks;

/// <inheritdoc/>
internal sealed class ValueColumn<T, TValue>(string name, Func<T, TValue> select) : Column<T>(name)
{
    internal override Type ValueType => typeof(TValue);

    internal override bool IsFixedSize => ColumnSize.IsFixed<TValue>();

    internal override bool IsNeverNull => typeof(TValue).IsValueType;

    internal override long SizeOf(T item) => ColumnSize.Of(select(item));

    internal override Task WriteAsync(NpgsqlBinaryImporter importer, T item, string type, CancellationToken cancellationToken) =>
        select(item) is { } value ? importer.WriteAsync(Moment.InUtc(value, type), type, cancellationToken) : importer.WriteNullAsync(cancellationToken);

    internal override NpgsqlParameter Gather(T[] items, RowRange range, string type) => ColumnArray.Gather(items, select, range, type);

    internal override void Describe(Utf8JsonWriter json, T item) => JsonValue.Write(json, select(item));
}
