using Npgsql;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>What the catalogs say about the schema <c>public</c>, line by line.</summary>
internal static class SchemaDump
{
    // Names, not numbers: a column that was made anew stands last.
    private const string Query = """
        SELECT concat_ws(' ', 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), a.attcollation)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated, condeferrable, condeferred, CASE contype WHEN 'c' THEN connoinherit END)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisvalid, indisprimary) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> 'plain_invalid'
        UNION ALL SELECT concat_ws(' ', 'relation', relname, relkind, relpersistence) FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', 'sequence', s.seqrelid::regclass, format_type(s.seqtypid, NULL), s.seqincrement, d.refobjid::regclass, a.attname, d.deptype)
        FROM pg_sequence s LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.refobjsubid > 0 LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        UNION ALL SELECT concat_ws(' ', 'trigger', tgrelid::regclass, tgname) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT concat_ws(' ', 'function', oid::regprocedure) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', 'child', inhrelid::regclass, 'of', inhparent::regclass) FROM pg_inherits
        UNION ALL SELECT concat_ws(' ', 'settings', c.relname, a.attname, a.attoptions, nullif(a.attstattarget, -1), a.attcompression, a.attstorage)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm') AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL SELECT concat_ws(' ', 'right', c.relname, a.attname, r.grantee, r.privilege_type, r.is_grantable)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) r WHERE c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped
        UNION ALL SELECT concat_ws(' ', 'right', c.relname, r.grantee, r.privilege_type, r.is_grantable) FROM pg_class c, aclexplode(c.relacl) r WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', 'comment', pg_describe_object(classoid, objoid, objsubid), description) FROM pg_description WHERE objoid >= 16384
        UNION ALL SELECT concat_ws(' ', 'statistics', stxname, stxkind, (SELECT string_agg(attname, ',' ORDER BY attname) FROM pg_attribute WHERE attrelid = stxrelid AND attnum = ANY (stxkeys))) FROM pg_statistic_ext
        UNION ALL SELECT concat_ws(' ', 'use', indexrelid::regclass, indisclustered, indisreplident) FROM pg_index WHERE indrelid >= 16384 AND (indisclustered OR indisreplident)
        UNION ALL SELECT concat_ws(' ', 'numbers', seqrelid::regclass, seqtypid::regtype, seqstart, seqmin, seqmax, seqcache, seqcycle) FROM pg_sequence
        UNION ALL SELECT concat_ws(' ', 'key', conrelid::regclass, conname, conparentid <> 0) FROM pg_constraint WHERE conparentid <> 0 AND contype = 'f'
        ORDER BY 1
        """;

    public static async Task<List<string>> ReadAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new(Query, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await reader.ReadAsync())
        {
            lines.Add(reader.GetString(0));
        }

        return lines;
    }

    /// <summary>The schema after a statement, which is rolled back; null when the server refuses it.</summary>
    public static async Task<List<string>?> AfterAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        try
        {
            await Executed.ExecuteAsync(connection, sql);
            return await ReadAsync(connection);
        }
        catch (PostgresException)
        {
            return null;
        }
    }

    /// <summary>What is missing and what is too much; empty when both are the same.</summary>
    public static string Difference(List<string> wanted, List<string> got) =>
        string.Join('\n', wanted.Except(got, StringComparer.Ordinal).Select(line => "    - " + line).Concat(got.Except(wanted, StringComparer.Ordinal).Select(line => "    + " + line)));
}
