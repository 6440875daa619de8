using System.Collections.Frozen;
using Npgsql;
using NpgsqlTypes;

namespace PgScale.Buffering.Sinks;

/// <summary>A table as the server's catalogue describes it.</summary>
internal sealed class TableShape
{
    private const string ColumnsSql = """
        SELECT a.attname,
               pg_catalog.format_type(base.oid, NULL),
               a.attnotnull OR t.typnotnull,
               a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
               a.attgenerated <> '' OR a.attidentity = 'a',
               t.typcategory = 'A',
               base.typname IN ('citext', 'bpchar', 'jsonb') OR coalesce(NOT c.collisdeterministic, false),
               a.atttypid
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        CROSS JOIN LATERAL (
            WITH RECURSIVE step AS (
                SELECT t.oid, t.typname, t.typtype, t.typbasetype
                UNION ALL
                SELECT b.oid, b.typname, b.typtype, b.typbasetype FROM step JOIN pg_catalog.pg_type b ON b.oid = step.typbasetype WHERE step.typtype = 'd')
            SELECT oid, typname FROM step WHERE typtype <> 'd') AS base
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

    private const string RowSecuritySql = "SELECT coalesce(pg_catalog.row_security_active(pg_catalog.to_regclass($1)), false)";

    private const string SameTypesSql = """
        SELECT
        FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS known(name, type)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = pg_catalog.to_regclass($1) AND a.attname = known.name AND a.atttypid = known.type AND NOT a.attisdropped
        """;

    private TableShape(IEnumerable<TableColumn> columns, IReadOnlyList<string[]> uniqueKeys, bool hasRowSecurity)
    {
        HasRowSecurity = hasRowSecurity;
        Columns = columns.ToFrozenDictionary(column => column.Name, StringComparer.Ordinal);
        UniqueKeys = uniqueKeys;
    }

    /// <summary>The columns by name.</summary>
    internal FrozenDictionary<string, TableColumn> Columns { get; }

    /// <summary>The columns of each unique index that can decide a conflict.</summary>
    internal IReadOnlyList<string[]> UniqueKeys { get; }

    /// <summary>Whether policies apply to this role: then the server takes no COPY.</summary>
    internal bool HasRowSecurity { get; }

    /// <summary>Returns a row for each column that still has its type. Only a lock on the table makes the answer last.</summary>
    internal static NpgsqlBatchCommand AskForTypes(TableName table, string[] names, uint[] types)
    {
        var command = Ask(SameTypesSql, table);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = names, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter<uint[]> { TypedValue = types, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid });
        return command;
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="BufferMappingException">There is no such table.</exception>
    internal static async Task<TableShape> ReadAsync(NpgsqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        using var batch = new NpgsqlBatch(connection) { BatchCommands = { Ask(ColumnsSql, table), Ask(UniqueKeysSql, table), Ask(RowSecuritySql, table) } };
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        List<TableColumn> columns = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            columns.Add(new(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2), reader.GetBoolean(3), reader.GetBoolean(4), reader.GetBoolean(5), reader.GetBoolean(6), reader.GetFieldValue<uint>(7)));
        }

        List<string[]> keys = [];
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            keys.Add(reader.GetFieldValue<string[]>(0));
        }

        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var hasRowSecurity = await reader.ReadAsync(cancellationToken).ConfigureAwait(false) && reader.GetBoolean(0);
        return columns.Count > 0 ? new(columns, keys, hasRowSecurity) : throw BufferMappingException.NoTable(table.Given);
    }

    private static NpgsqlBatchCommand Ask(string sql, TableName table) =>
        new(sql) { Parameters = { new NpgsqlParameter<string> { TypedValue = table.Quoted, NpgsqlDbType = NpgsqlDbType.Text } } };
}
