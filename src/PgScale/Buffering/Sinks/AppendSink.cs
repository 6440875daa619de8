using System.Text;
using System.Text.Json;
using Npgsql;
using PgScale.Buffering.Flushing;

namespace PgScale.Buffering.Sinks;

/// <summary>Adds rows to a table: by arrays for few, by binary COPY for many.</summary>
/// <remarks>The crossover was measured; see docs/decisions/0020.</remarks>
internal sealed class AppendSink<T> : ItemSink<T>
{
    private readonly TableName _table;
    private readonly Column<T>[] _columns;
    private readonly Column<T>[] _variable;
    private readonly Func<T, long>? _sizeOf;
    private readonly int _copyFromRows;
    private readonly string[] _columnNames;
    private readonly string _lockSql;
    private readonly string _copySql;
    private readonly string _insertSql;

    private volatile AppendTypes? _types;

    internal AppendSink(TableName table, Column<T>[] columns, Func<T, long>? sizeOf, int copyFromRows)
    {
        _table = table;
        _columns = columns;
        _variable = [.. columns.Where(column => !column.IsFixedSize)];
        _sizeOf = sizeOf;
        _copyFromRows = copyFromRows;
        _columnNames = [.. columns.Select(column => column.Name)];
        var names = string.Join(", ", _columnNames.Select(TableName.Quote));
        _copySql = $"COPY {table.Quoted} ({names}) FROM STDIN (FORMAT BINARY)";

        // A binary COPY takes the bytes of another type for its own when both are of one length. This takes the lock of the COPY, under which
        // types do not change, and does nothing else: no trigger fires, and no right is needed that an INSERT does not need.
        _lockSql = $"EXPLAIN (COSTS OFF) INSERT INTO {table.Quoted} ({names}) SELECT {string.Join(", ", columns.Select(_ => "NULL"))} WHERE false";
        _insertSql = $"INSERT INTO {table.Quoted} ({names}) SELECT * FROM ROWS FROM ({string.Join(", ", columns.Select((_, index) => $"pg_catalog.unnest(${index + 1})"))}) AS item";
    }

    internal override string Target => _table.Given;

    internal override bool WouldNameBadRow(RowRange range) => _types is not { FitCopy: false } && !IsCopied(range);

    internal override async ValueTask PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (_types is null)
        {
            var shape = await TableShape.ReadAsync(connection, _table, cancellationToken).ConfigureAwait(false);
            var types = AppendCheck.Check(_table, _columns, shape);
            if (types.FitArrays)
            {
                await ProbeAsync(connection, types, cancellationToken).ConfigureAwait(false);
            }

            _types = types;
        }
    }

    internal override void Forget() => _types = null;

    internal override long SizeOf(T item)
    {
        if (_sizeOf is not null)
        {
            return _sizeOf(item);
        }

        var bytes = ColumnSize.OfItem<T>();
        foreach (var column in _variable)
        {
            bytes += column.SizeOf(item);
        }

        return bytes;
    }

    internal override Task<bool> WriteAsync(FlushTransaction transaction, T[] items, RowRange range, bool nameBadRow, CancellationToken cancellationToken) =>
        _types!.FitCopy && (nameBadRow || IsCopied(range))
            ? CopyAsync(transaction, items, range, cancellationToken)
            : InsertAsync(transaction, items, range, cancellationToken);

    internal override Task<IReadOnlyList<int>> SuspectsAsync(NpgsqlConnection connection, string constraint, T[] items, CancellationToken cancellationToken)
    {
        return ConstraintBreaches.FindAsync(connection, _table, constraint, Gather, cancellationToken);

        NpgsqlParameter? Gather(string name) => Array.FindIndex(_columns, column => column.Name == name) is >= 0 and var column && _types is { } types
            ? _columns[column].Gather(items, new(0, items.Length), types.Names[column])
            : null;
    }

    internal override string Describe(T item)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var column in _columns)
            {
                json.WritePropertyName(column.Name);
                Describe(json, column, item);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private bool IsCopied(RowRange range) => range.Count >= _copyFromRows || _types is { FitArrays: false };

    private static void Describe(Utf8JsonWriter json, Column<T> column, T item)
    {
        try
        {
            column.Describe(json, item);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            json.WriteStringValue($"<{fault.GetType().Name}>"); // the value may be what is wrong with the row
        }
    }

    private Task<bool> InsertAsync(FlushTransaction transaction, T[] items, RowRange range, CancellationToken cancellationToken)
    {
        var insert = new NpgsqlBatchCommand(_insertSql);
        for (var column = 0; column < _columns.Length; column++)
        {
            insert.Parameters.Add(_columns[column].Gather(items, range, _types!.Names[column]));
        }

        return transaction.SendAsync([insert], cancellationToken);
    }

    private async Task<bool> CopyAsync(FlushTransaction transaction, T[] items, RowRange range, CancellationToken cancellationToken)
    {
        var sameTypes = TableShape.AskForTypes(_table, _columnNames, _types!.Ids);
        if (!await transaction.SendAsync([new(_lockSql), sameTypes], cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        if (sameTypes.Rows != (ulong)_columnNames.Length)
        {
            Forget();
            await PrepareAsync(transaction.Connection, cancellationToken).ConfigureAwait(false);
        }

        var importer = await transaction.Connection.BeginBinaryImportAsync(_copySql, cancellationToken).ConfigureAwait(false);
        await using var disposing = importer.ConfigureAwait(false);
        await WriteRowsAsync(importer, items, range, _types!.Names, cancellationToken).ConfigureAwait(false);
        await importer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    // One state machine for all cells: nearly every write ends in the driver's buffer, without waiting.
    private async Task WriteRowsAsync(NpgsqlBinaryImporter importer, T[] items, RowRange range, string[] types, CancellationToken cancellationToken)
    {
        var row = range.From;
        try
        {
            for (; row < range.End; row++)
            {
                var writing = importer.StartRowAsync(cancellationToken);
                for (var column = 0; ; column++)
                {
                    if (!writing.IsCompletedSuccessfully)
                    {
                        await writing.ConfigureAwait(false);
                    }

                    if (column == types.Length)
                    {
                        break;
                    }

                    writing = _columns[column].WriteAsync(importer, items[row], types[column], cancellationToken);
                }
            }
        }
        catch (Exception fault) when (FlushFailures.IsOfClient(fault))
        {
            throw new RowFaultException(row - range.From, fault);
        }
    }

    // The driver itself says which values it cannot write into which type: it is asked with empty arrays.
    private async Task ProbeAsync(NpgsqlConnection connection, AppendTypes types, CancellationToken cancellationToken)
    {
        for (var column = 0; column < _columns.Length; column++)
        {
            using var command = new NpgsqlCommand("SELECT 1 FROM pg_catalog.unnest($1)", connection);
            command.Parameters.Add(_columns[column].Gather([], default, types.Names[column]));
            try
            {
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception refusal) when (refusal is InvalidCastException or ArgumentException or NotSupportedException)
            {
                throw BufferMappingException.Of(
                    _table.Given, _columns[column].Name,
                    $"is of type {types.Names[column]}, into which a {_columns[column].ValueType} cannot be written. Select a value of a type that fits, or convert it in the selector.", refusal);
            }
        }
    }
}
