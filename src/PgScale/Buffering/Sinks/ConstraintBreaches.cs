using Npgsql;
using NpgsqlTypes;

namespace PgScale.Buffering.Sinks;

/// <summary>Asks the server which rows break a foreign key or a unique constraint, of which a failed COPY names no line. See docs/decisions/0037.</summary>
internal static class ConstraintBreaches
{
    // Behind row security there may be rows that the constraint sees and this role does not.
    private const string ConstraintSql = """
        SELECT c.contype = 'f', pg_catalog.format('%I.%I', n.nspname, other.relname),
               ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(c.conkey) WITH ORDINALITY AS k(attnum, place)
                     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum ORDER BY k.place),
               ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(CASE c.contype WHEN 'f' THEN c.confkey ELSE c.conkey END) WITH ORDINALITY AS k(attnum, place)
                     JOIN pg_catalog.pg_attribute a ON a.attrelid = other.oid AND a.attnum = k.attnum ORDER BY k.place)
        FROM pg_catalog.pg_constraint c
        JOIN pg_catalog.pg_class other ON other.oid = CASE c.contype WHEN 'f' THEN c.confrelid ELSE c.conrelid END
        JOIN pg_catalog.pg_namespace n ON n.oid = other.relnamespace
        WHERE c.conrelid = pg_catalog.to_regclass($1) AND c.conname = $2 AND c.contype IN ('f', 'u', 'p')
          AND NOT pg_catalog.row_security_active(other.oid)
        """;

    /// <summary>The rows, counted from 0, in order; none when nothing can be said.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="table">The table.</param>
    /// <param name="constraint">The name of its constraint.</param>
    /// <param name="gather">The values of a column as an array; null when the column is not sent.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal static async Task<IReadOnlyList<int>> FindAsync(
        NpgsqlConnection connection, TableName table, string constraint, Func<string, NpgsqlParameter?> gather, CancellationToken cancellationToken)
    {
        if (await ReadAsync(connection, table, constraint, cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return [];
        }

        var values = Array.ConvertAll(found.Columns, column => gather(column));
        if (Array.Exists(values, value => value is null))
        {
            return [];
        }

        using var command = new NpgsqlCommand(BreachesSql(found), connection);
        Array.ForEach(values, value => command.Parameters.Add(value!));
        return await RowsAsync(command, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<Constraint?> ReadAsync(NpgsqlConnection connection, TableName table, string constraint, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(ConstraintSql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = table.Quoted, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = constraint, NpgsqlDbType = NpgsqlDbType.Text });
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
            ? new(reader.GetBoolean(0), reader.GetString(1), reader.GetFieldValue<string[]>(2), reader.GetFieldValue<string[]>(3))
            : null;
    }

    private static async Task<IReadOnlyList<int>> RowsAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        List<int> rows = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add((int)reader.GetInt64(0) - 1);
        }

        return rows;
    }

    private static string BreachesSql(Constraint constraint)
    {
        string[] keys = [.. constraint.Columns.Select((_, index) => $"k{index}")];
        var names = string.Join(", ", keys);
        var arrays = string.Join(", ", keys.Select((_, index) => $"pg_catalog.unnest(${index + 1})"));
        var isHeld = $"EXISTS (SELECT FROM {constraint.Other} AS held WHERE {string.Join(" AND ", constraint.OtherColumns.Select((name, index) => $"held.{TableName.Quote(name)} = given.k{index}"))})";
        return $"""
            SELECT given.place
            FROM (SELECT *{(constraint.IsForeignKey ? "" : $", pg_catalog.row_number() OVER (PARTITION BY {names} ORDER BY place) AS copy")}
                  FROM ROWS FROM ({arrays}) WITH ORDINALITY AS sent({names}, place)) AS given
            WHERE {string.Join(" AND ", keys.Select(key => $"given.{key} IS NOT NULL"))} AND {(constraint.IsForeignKey ? $"NOT {isHeld}" : $"(given.copy > 1 OR {isHeld})")}
            ORDER BY given.place
            """;
    }

    private sealed record Constraint(bool IsForeignKey, string Other, string[] Columns, string[] OtherColumns);
}
