using System.Collections.Frozen;
using Npgsql;
using NpgsqlTypes;

namespace PgScale.Buffering.Sinks;

/// <summary>A table as the server's catalogue describes it.</summary>
internal sealed class TableShape
{
    private const string ColumnsSql = """
        SELECT a.attname,
               pg_catalog.format_type(CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END, NULL),
               a.attnotnull OR t.typnotnull,
               a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
               a.attgenerated <> '' OR a.attidentity = 'a',
               t.typcategory = 'A',
               t.typname IN ('citext', 'bpchar') OR coalesce(NOT c.collisdeterministic, false)
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation
        WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
        """;

    private const string UniqueKeysSql = """
        SELECT ARRAY(SELECT a.attname::text
                     FROM pg_catalog.unnest(i.indkey[0:i.indnkeyatts - 1]) AS k(attnum)
                     JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum)
        FROM pg_catalog.pg_index i
        WHERE i.indrelid = pg_catalog.to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indimmediate
          AND i.indpred IS NULL AND i.indexprs IS NULL
        """;

    private TableShape(IEnumerable<TableColumn> columns, IReadOnlyList<string[]> uniqueKeys)
    {
        Columns = columns.ToFrozenDictionary(column => column.Name, StringComparer.Ordinal);
        UniqueKeys = uniqueKeys;
    }

    /// <summary>The columns by name.</summary>
    internal FrozenDictionary<string, TableColumn> Columns { get; }

    /// <summary>The columns of each unique index that can decide a conflict.</summary>
    internal IReadOnlyList<string[]> UniqueKeys { get; }

    /// <summary>Reads it.</summary>
    /// <exception cref="BufferMappingException">There is no such table.</exception>
    internal static async Task<TableShape> ReadAsync(NpgsqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        using var batch = new NpgsqlBatch(connection) { BatchCommands = { Ask(ColumnsSql, table), Ask(UniqueKeysSql, table) } };
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        List<TableColumn> columns = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            columns.Add(new(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2), reader.GetBoolean(3), reader.GetBoolean(4), reader.GetBoolean(5), reader.GetBoolean(6)));
        }

        List<string[]> keys = [];
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            keys.Add(reader.GetFieldValue<string[]>(0));
        }

        return columns.Count > 0 ? new(columns, keys) : throw BufferMappingException.NoTable(table.Given);
    }

    private static NpgsqlBatchCommand Ask(string sql, TableName table) =>
        new(sql) { Parameters = { new NpgsqlParameter<string> { TypedValue = table.Quoted, NpgsqlDbType = NpgsqlDbType.Text } } };
}
