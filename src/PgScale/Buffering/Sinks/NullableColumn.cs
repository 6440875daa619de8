using System.Text.Json;
using Npgsql;

namespace PgScale.Buffering.Sinks;

/// <inheritdoc/>
internal sealed class NullableColumn<T, TValue>(string name, Func<T, TValue?> select) : Column<T>(name)
    where TValue : struct
{
    internal override Type ValueType => typeof(TValue?);

    internal override bool IsFixedSize => ColumnSize.IsFixed<TValue>();

    internal override bool IsNeverNull => false;

    internal override long SizeOf(T item) => 0;

    internal override Task WriteAsync(NpgsqlBinaryImporter importer, T item, string type, CancellationToken cancellationToken) =>
        select(item) is { } value ? importer.WriteAsync(Moment.InUtc(value, type), type, cancellationToken) : importer.WriteNullAsync(cancellationToken);

    internal override NpgsqlParameter Gather(T[] items, RowRange range, string type) => ColumnArray.Gather(items, select, range, type);

    internal override void Describe(Utf8JsonWriter json, T item) => JsonValue.Write(json, (object?)select(item));
}
