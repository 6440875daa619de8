using System.Text.Json;
using Npgsql;
using PgScale.Buffering.Flushing;
using PgScale.Buffering.Holding;

namespace PgScale.Buffering.Sinks;

/// <summary>Merges rows into a table by key: one statement, one row for each key, keys in one order.</summary>
/// <remarks>See docs/decisions/0021 for the two statements and for what keeps their plans from changing.</remarks>
internal sealed class MergeSink<T, TKey> : Sink
    where TKey : notnull
{
    // Without these, many keys make the planner read the whole table, in an order that is not that of the keys.
    private const string PlanSql = """
        SELECT pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', true), pg_catalog.set_config('enable_hashjoin', 'off', true),
               pg_catalog.set_config('enable_mergejoin', 'off', true), pg_catalog.set_config('enable_seqscan', 'off', true),
               pg_catalog.set_config('enable_bitmapscan', 'off', true), pg_catalog.set_config('jit', 'off', true)
        """;

    private readonly TableName _table;
    private readonly MergeKey<T, TKey> _key;
    private readonly MergeColumn<T>[] _columns;
    private readonly MergeGuard<T>? _guard;
    private readonly bool _insertsMissing;
    private readonly Func<T, long>? _sizeOf;
    private readonly string _sql;

    private volatile string[]? _types;

    internal MergeSink(TableName table, MergeKey<T, TKey> key, MergeColumn<T>[] columns, MergeGuard<T>? guard, bool insertsMissing, Func<T, long>? sizeOf)
    {
        _table = table;
        _key = key;
        _columns = columns;
        _guard = guard;
        _insertsMissing = insertsMissing;
        _sizeOf = sizeOf;
        _sql = new MergeSql<T>(table, key.Columns, columns, guard, insertsMissing).Text;
    }

    internal override string Target => _table.Given;

    internal IComparer<TKey>? Order => _key.Order;

    internal MergeGuard<T>? Guard => _guard;

    internal IReadOnlyList<MergeColumn<T>> Columns => _columns;

    internal override async ValueTask PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (_types is not null)
        {
            return;
        }

        var shape = await TableShape.ReadAsync(connection, _table, cancellationToken).ConfigureAwait(false);
        var types = MergeCheck.Check(_table.Given, _key.Columns, [.. _columns.Select(column => column.Name)], _insertsMissing, shape);
        for (var column = 0; column < _columns.Length; column++)
        {
            types[_key.Columns.Count + column] = MergeCheck.TypeSent(_table.Given, _columns[column].Name, types[_key.Columns.Count + column], _columns[column].SentType);
        }

        await ProbeAsync(connection, types, cancellationToken).ConfigureAwait(false);
        _types = types;
    }

    internal override void Forget() => _types = null;

    /// <summary>The guarded value in a slot, in ticks.</summary>
    internal long GuardTicks(MergeCells<T>[] cells, int slot) => _guard!.TicksIn(cells[Array.FindIndex(_columns, column => column.Name == _guard.Column)], slot);

    internal TKey KeyOf(T item) => _key.Of(item);

    /// <summary>What a new key takes of the buffer's bytes.</summary>
    internal long SizeOf(TKey key, T item)
    {
        if (_sizeOf is not null)
        {
            return _sizeOf(item);
        }

        var bytes = (2L * System.Runtime.CompilerServices.Unsafe.SizeOf<TKey>()) + (4 * sizeof(int)) + _key.SizeOf(key); // in the dictionary and beside it
        foreach (var column in _columns)
        {
            bytes += column.SizeOf(item);
        }

        return bytes;
    }

    /// <summary>Writes keys; tells which of them the guard has refused, and what the table holds in ticks instead.</summary>
    internal async Task<bool> WriteAsync(
        FlushTransaction transaction, ReadOnlyMemory<TKey> keys, ReadOnlyMemory<MergePlace> places, MergeTable<T, TKey>[] parts, Action<int, long?> refused, CancellationToken cancellationToken)
    {
        var merge = new NpgsqlBatchCommand(_sql);
        Gather(merge.Parameters, keys.Span, places.Span, [.. parts.Select(part => part.Cells)], _types!);
        var isNew = await transaction.SendAsync(_insertsMissing ? [merge] : [new(PlanSql), merge], ReadRefused, cancellationToken).ConfigureAwait(false);
        if (isNew && !_insertsMissing && _guard is null)
        {
            transaction.Unmatched += keys.Length - (long)merge.RecordsAffected; // beside a guard nobody can tell: a row that is left alone counts as none
        }

        return isNew;

        void ReadRefused(NpgsqlDataReader row)
        {
            if (row.GetName(0) == MergeSql<T>.Refused)
            {
                refused((int)row.GetInt64(0) - 1, row.IsDBNull(1) ? null : MergeGuard<T>.ToTicks(row.GetInt64(1)));
            }
        }
    }

    internal void Describe(Utf8JsonWriter json, TKey key, MergeCells<T>[] cells, int slot)
    {
        _key.Describe(json, key);
        for (var column = 0; column < _columns.Length; column++)
        {
            json.WritePropertyName(_columns[column].Name);
            _columns[column].Describe(json, cells[column], slot);
        }
    }

    private void Gather(NpgsqlParameterCollection parameters, ReadOnlySpan<TKey> keys, ReadOnlySpan<MergePlace> places, MergeCells<T>[][] cells, string[] types)
    {
        _key.Gather(parameters, keys, types.AsSpan(0, _key.Columns.Count));
        for (var column = 0; column < _columns.Length; column++)
        {
            var index = column;
            parameters.Add(_columns[column].Gather([.. cells.Select(part => part[index])], places, types[_key.Columns.Count + column]));
        }
    }

    private async Task ProbeAsync(NpgsqlConnection connection, string[] types, CancellationToken cancellationToken)
    {
        string[] names = [.. _key.Columns, .. _columns.Select(column => column.Name)];
        Type[] values = [.. _key.ValueTypes, .. _columns.Select(column => column.ValueType)];
        using var all = new NpgsqlCommand();
        Gather(all.Parameters, [], [], [], types);
        for (var column = 0; column < names.Length; column++)
        {
            using var command = new NpgsqlCommand("SELECT 1 FROM pg_catalog.unnest($1)", connection);
            command.Parameters.Add(all.Parameters[column].Clone());
            try
            {
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception refusal) when (refusal is InvalidCastException or ArgumentException or NotSupportedException)
            {
                throw BufferMappingException.Of(
                    _table.Given, names[column], $"is of type {types[column]}, into which a {values[column]} cannot be written. Select a value of a type that fits, or convert it in the selector.", refusal);
            }
        }
    }
}
