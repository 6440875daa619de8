using System.Collections.Immutable;
using Npgsql;

namespace PgScale.Backfill.Planning;

/// <summary>Looks a table, its key and its indexes up in the catalog.</summary>
internal static class TableReader
{
    private const string TableSql = """
        SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text,
               (SELECT pg_catalog.sum(CASE WHEN l.reltuples > 0 THEN l.reltuples ELSE 0 END)::float8 FROM pg_catalog.pg_class l WHERE l.oid = c.oid OR l.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(c.oid) WHERE isleaf)),
               (SELECT pg_catalog.sum(pg_catalog.pg_relation_size(l.oid))::float8 / pg_catalog.current_setting('block_size')::int FROM pg_catalog.pg_class l WHERE l.oid = c.oid OR l.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(c.oid) WHERE isleaf)),
               coalesce((SELECT option_value::int FROM pg_catalog.pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor'), 100)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = pg_catalog.to_regclass($1)
        """;

    private const string ColumnsSql = """
        SELECT a.attname::text, pg_catalog.format_type(a.atttypid, -1), a.attnotnull, s.correlation::float8,
               a.attidentity <> '' OR pg_catalog.pg_get_serial_sequence(pg_catalog.format('%I.%I', n.nspname, c.relname), a.attname) IS NOT NULL
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
        WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY s.inherited NULLS FIRST
        """;

    private const string IndexesSql = """
        SELECT x.relname::text, i.indisprimary, i.indisunique AND i.indimmediate, i.indpred IS NULL AND i.indexprs IS NULL AND am.amname = 'btree',
               ARRAY(SELECT a.attname::text FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) AS k(n) JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n] ORDER BY k.n),
               ARRAY(SELECT DISTINCT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum > 0
                     AND (a.attnum = ANY (i.indkey::int2[]) OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum)))
        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_am am ON am.oid = x.relam
        WHERE i.indrelid = $1 AND i.indisvalid AND i.indisready
        ORDER BY i.indisprimary DESC, x.relname
        """;

    private const string TriggersSql =
        "SELECT tgname::text FROM pg_catalog.pg_trigger WHERE tgrelid = $1 AND NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 1 = 1 ORDER BY tgname";

    internal static async Task<BackfillTable> ReadAsync(NpgsqlConnection connection, BackfillDefinition definition, CancellationToken cancellationToken)
    {
        var (table, kind) = await ReadTableAsync(connection, definition, cancellationToken).ConfigureAwait(false);
        if (kind is not ("r" or "p"))
        {
            throw BackfillRefusedException.For(definition.Name, $"'{definition.Table}' is not a table. Name a table or a partitioned table.");
        }

        var columns = await ReadColumnsAsync(connection, table.Oid, cancellationToken).ConfigureAwait(false);
        var indexes = await ReadIndexesAsync(connection, table.Oid, cancellationToken).ConfigureAwait(false);
        var key = KeyChoice.Choose(definition, columns, indexes);
        return table with
        {
            Key = new([.. key.Columns.Select(column => new KeyColumn(column.Name, column.Type))]),
            KeyIndex = key.Index.Name,
            Correlation = key.Columns is [var single] ? single.Correlation : null,
            KeyGrows = key.Columns is [{ HasSequence: true }],
            Indexes = indexes,
            IsPartitioned = kind == "p",
            Triggers = await ReadTriggersAsync(connection, table.Oid, cancellationToken).ConfigureAwait(false),
        };
    }

    private static async Task<(BackfillTable Table, string Kind)> ReadTableAsync(NpgsqlConnection connection, BackfillDefinition definition, CancellationToken cancellationToken)
    {
        using var command = Sql.Command(connection, TableSql, Sql.Text(definition.Table));
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            throw BackfillRefusedException.For(
                definition.Name,
                $"There is no table '{definition.Table}' on the search_path of this connection. Write its schema too, and quote names with upper-case letters.");
        }

        return (new(reader.GetFieldValue<uint>(0), reader.GetString(1), reader.GetString(2), new([]))
        {
            Rows = reader.GetDouble(4),
            Pages = reader.GetDouble(5),
            FillFactor = reader.GetInt32(6),
        }, reader.GetString(3));
    }

    private static async Task<List<TableColumn>> ReadColumnsAsync(NpgsqlConnection connection, uint oid, CancellationToken cancellationToken)
    {
        using var command = Sql.Command(connection, ColumnsSql, Oid(oid));
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        var columns = new List<TableColumn>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            columns.Add(new(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2), reader.IsDBNull(3) ? null : reader.GetDouble(3), reader.GetBoolean(4)));
        }

        return columns;
    }

    private static async Task<ImmutableArray<TableIndex>> ReadIndexesAsync(NpgsqlConnection connection, uint oid, CancellationToken cancellationToken)
    {
        using var command = Sql.Command(connection, IndexesSql, Oid(oid));
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        var indexes = ImmutableArray.CreateBuilder<TableIndex>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            indexes.Add(new(
                reader.GetString(0),
                [.. reader.GetFieldValue<string[]>(4)],
                [.. reader.GetFieldValue<string[]>(5)],
                IsUnique: reader.GetBoolean(2),
                IsWhole: reader.GetBoolean(3))
            {
                IsPrimary = reader.GetBoolean(1),
            });
        }

        return indexes.ToImmutable();
    }

    private static async Task<ImmutableArray<string>> ReadTriggersAsync(NpgsqlConnection connection, uint oid, CancellationToken cancellationToken)
    {
        using var command = Sql.Command(connection, TriggersSql, Oid(oid));
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        var triggers = ImmutableArray.CreateBuilder<string>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            triggers.Add(reader.GetString(0));
        }

        return triggers.ToImmutable();
    }

    private static NpgsqlParameter Oid(uint oid) => new() { Value = oid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid };
}
