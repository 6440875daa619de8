using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using PgScale.Ddl.Text;

namespace PgScale.Ddl.Server;

/// <summary>Reads what the judge has to know of a relation from the catalogs, without a lock on it that lasts.</summary>
internal sealed class CatalogReader(NpgsqlConnection connection, CancellationToken cancellationToken)
{
    private const string ResolveSql = """
        SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.relispartition,
               CASE WHEN c.relkind IN ('r', 'm', 't', 'i') THEN pg_catalog.pg_relation_size(c.oid) ELSE 0 END,
               a.amname, s.spcname, CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
               EXISTS (SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
                       WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.refobjid = c.oid AND r.ev_class <> c.oid),
               (SELECT max(t.tgname::text COLLATE "C") FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgtype & 3 = 3), pg_catalog.pg_get_expr(c.relpartbound, c.oid), c.relrowsecurity,
               ARRAY(SELECT pg_catalog.format('GRANT %s ON {0} TO %s%s', r.privilege_type, CASE r.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(o.rolname) END,
                            CASE WHEN r.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
                     FROM pg_catalog.aclexplode(c.relacl) r LEFT JOIN pg_catalog.pg_roles o ON o.oid = r.grantee
                     WHERE r.grantee <> c.relowner AND r.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') ORDER BY 1)
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
        LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
        """;

    private const string ColumnsSql = """
        SELECT a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_catalog.pg_get_expr(d.adbin, d.adrelid),
               CASE WHEN a.attcollation <> t.typcollation THEN pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(l.collname) ELSE '' END,
               a.attgenerated, a.attidentity
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
        LEFT JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
        WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
        """;

    private const string ConstraintsSql = """
        SELECT k.conname, k.contype, k.convalidated, pg_catalog.pg_get_constraintdef(k.oid), coalesce(k.conkey, '{}'),
               tn.nspname, t.relname, fn.nspname, f.relname, k.conrelid, k.confrelid, coalesce(k.confkey, '{}'), t.relkind, coalesce(f.relkind, ' ')
        FROM pg_catalog.pg_constraint k
        JOIN pg_catalog.pg_class t ON t.oid = k.conrelid
        JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
        LEFT JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
        LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
        WHERE k.conrelid = $1 OR k.confrelid = $1
        ORDER BY k.conname
        """;

    private const string IndexesSql = """
        SELECT n.nspname, c.relname, pg_catalog.pg_get_indexdef(i.indexrelid), i.indisunique, i.indisprimary, i.indisvalid, i.indexprs IS NOT NULL,
               i.indpred IS NOT NULL, k.conname,
               ARRAY(SELECT coalesce(a.attname, '') FROM unnest(i.indkey) WITH ORDINALITY AS key (number, place)
                     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = key.number AND key.number > 0
                     WHERE key.place <= i.indnkeyatts ORDER BY key.place)::text[],
               ARRAY(SELECT d.refobjsubid FROM pg_catalog.pg_depend d
                     WHERE (d.classid, d.objid) IN (('pg_catalog.pg_class'::pg_catalog.regclass, i.indexrelid), ('pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid))
                       AND d.refobjid = i.indrelid AND d.refobjsubid > 0)::int2[], s.spcname, i.indexrelid
        FROM pg_catalog.pg_index i
        JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
        LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
        WHERE i.indrelid = $1
        ORDER BY c.relname
        """;

    private const string OwnedSql = """
        SELECT n.nspname, c.relname, d.refobjsubid::int2 FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_class c ON c.oid = d.objid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
          AND d.refobjid = $1 AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i') AND c.relkind = 'S'
        """;

    private const string DescendantsSql = """
        WITH RECURSIVE tree (oid, depth) AS (
          SELECT inhrelid, 1 FROM pg_catalog.pg_inherits WHERE inhparent = $1
          UNION ALL SELECT i.inhrelid, t.depth + 1 FROM pg_catalog.pg_inherits i JOIN tree t ON i.inhparent = t.oid)
        SELECT i.inhrelid, min(i.inhparent) FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhrelid = t.oid GROUP BY 1 ORDER BY min(t.depth), 1
        """;

    private const string AncestorsSql = """
        WITH RECURSIVE tree (oid, depth) AS (
          SELECT inhparent, 1 FROM pg_catalog.pg_inherits WHERE inhrelid = $1
          UNION ALL SELECT i.inhparent, t.depth + 1 FROM pg_catalog.pg_inherits i JOIN tree t ON i.inhrelid = t.oid)
        SELECT n.nspname, c.relname FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        GROUP BY 1, 2 ORDER BY min(t.depth)
        """;

    /// <summary>The relation that a name means now, or null.</summary>
    public async Task<RelationFacts?> FindAsync(SqlName name)
    {
        RelationFacts? found = await ResolveAsync("c.oid = pg_catalog.to_regclass($1)", name.ToString(), NpgsqlDbType.Text).ConfigureAwait(false);
        return found is null ? null : await CompleteAsync(found).ConfigureAwait(false);
    }

    /// <summary>One value of a query.</summary>
    public async Task<T?> ScalarAsync<T>(string sql, params (object Value, NpgsqlDbType Type)[] parameters)
    {
        using NpgsqlCommand command = Command(sql, parameters);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is T value ? value : default;
    }

    /// <summary>The names that a query of two columns, schema and relation, gives.</summary>
    public Task<List<SqlName>> NamesAsync(string sql, params (object Value, NpgsqlDbType Type)[] parameters) =>
        ListAsync(sql, row => new SqlName(row.GetString(0), row.GetString(1)), parameters);

    private async Task<RelationFacts?> ResolveAsync(string condition, object value, NpgsqlDbType type)
    {
        List<RelationFacts> found = await ListAsync($"{ResolveSql}\nWHERE {condition}", Relation, (value, type)).ConfigureAwait(false);
        return found.Count == 1 ? found[0] : null;
    }

    private async Task<RelationFacts> CompleteAsync(RelationFacts relation)
    {
        if (relation.Kind is 'i' or 'I')
        {
            var table = await ScalarAsync<uint>("SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid = $1", (relation.Oid, NpgsqlDbType.Oid)).ConfigureAwait(false);
            return relation with
            {
                IndexedTable = await ByOidAsync(table).ConfigureAwait(false),
                Descendants = await DescendantsAsync(relation.Oid).ConfigureAwait(false),
            };
        }

        relation = await PartsAsync(relation).ConfigureAwait(false);
        return relation with
        {
            Descendants = await DescendantsAsync(relation.Oid).ConfigureAwait(false),
            Ancestors = await NamesAsync(AncestorsSql, (relation.Oid, NpgsqlDbType.Oid)).ConfigureAwait(false),
            DefaultPartition = await DefaultPartitionAsync(relation).ConfigureAwait(false),
        };
    }

    private async Task<RelationFacts?> ByOidAsync(uint oid)
    {
        RelationFacts? found = await ResolveAsync("c.oid = $1", oid, NpgsqlDbType.Oid).ConfigureAwait(false);
        return found is null ? null : await CompleteAsync(found).ConfigureAwait(false);
    }

    private async Task<RelationFacts> PartsAsync(RelationFacts relation)
    {
        List<ConstraintFacts> constraints = await ListAsync(ConstraintsSql, ConstraintRow, (relation.Oid, NpgsqlDbType.Oid)).ConfigureAwait(false);
        return relation with
        {
            Columns = await ListAsync(ColumnsSql, Column, (relation.Oid, NpgsqlDbType.Oid)).ConfigureAwait(false),
            Constraints = [.. constraints.Where(constraint => constraint.TableOid == relation.Oid)],
            ReferencedBy = [.. constraints.Where(constraint => constraint.TableOid != relation.Oid)],
            OwnedSequences = await ListAsync(OwnedSql, row => (new SqlName(row.GetString(0), row.GetString(1)), row.GetInt16(2)), (relation.Oid, NpgsqlDbType.Oid)).ConfigureAwait(false),
            Indexes = await ListAsync(IndexesSql, Index, (relation.Oid, NpgsqlDbType.Oid)).ConfigureAwait(false),
        };
    }

    private async Task<List<RelationFacts>> DescendantsAsync(uint oid)
    {
        List<RelationFacts> descendants = [];
        foreach (var (child, parent) in await ListAsync(DescendantsSql, row => (row.GetFieldValue<uint>(0), row.GetFieldValue<uint>(1)), (oid, NpgsqlDbType.Oid)).ConfigureAwait(false))
        {
            if (await ResolveAsync("c.oid = $1", child, NpgsqlDbType.Oid).ConfigureAwait(false) is { } found)
            {
                descendants.Add((found.Kind is 'i' or 'I' ? found : await PartsAsync(found).ConfigureAwait(false)) with { ParentOid = parent });
            }
        }

        return descendants;
    }

    private async Task<RelationFacts?> DefaultPartitionAsync(RelationFacts relation)
    {
        if (relation.Kind != 'p')
        {
            return null;
        }

        var oid = await ScalarAsync<uint>("SELECT partdefid FROM pg_catalog.pg_partitioned_table WHERE partrelid = $1", (relation.Oid, NpgsqlDbType.Oid)).ConfigureAwait(false);
        return oid == 0 ? null : await ByOidAsync(oid).ConfigureAwait(false);
    }

    /// <summary>The rows of a query.</summary>
    public async Task<List<T>> ListAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params (object Value, NpgsqlDbType Type)[] parameters)
    {
        using NpgsqlCommand command = Command(sql, parameters);
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable closing = reader.ConfigureAwait(false);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private NpgsqlCommand Command(string sql, (object Value, NpgsqlDbType Type)[] parameters)
    {
        NpgsqlCommand command = new(sql, connection);
        foreach (var (value, type) in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
        }

        return command;
    }

    private static RelationFacts Relation(NpgsqlDataReader row) =>
        new(row.GetFieldValue<uint>(0), new SqlName(row.GetString(1), row.GetString(2)), row.GetFieldValue<char>(3), row.GetFieldValue<char>(4), row.GetBoolean(5), row.GetInt64(6))
        {
            AccessMethod = Text(row, 7),
            Tablespace = Text(row, 8),
            PartitionKey = Text(row, 9) ?? "",
            HasDependentViews = row.GetBoolean(10),
            LastTrigger = Text(row, 11), // BEFORE triggers for rows run in the order of their names, byte by byte
            Bound = Text(row, 12) ?? "",
            HasRowSecurity = row.GetBoolean(13),
            Grants = row.GetFieldValue<string[]>(14),
        };

    private static ColumnFacts Column(NpgsqlDataReader row) =>
        new(row.GetInt16(0), row.GetString(1), row.GetString(2), row.GetBoolean(3), Text(row, 4), row.GetString(5), Letter(row, 6), Letter(row, 7));

    private static ConstraintFacts ConstraintRow(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetFieldValue<char>(1), row.GetBoolean(2), row.GetString(3), row.GetFieldValue<short[]>(4),
        new SqlName(row.GetString(5), row.GetString(6)), Text(row, 7) is { } schema ? new SqlName(schema, row.GetString(8)) : null,
        row.GetFieldValue<uint>(9), row.GetFieldValue<uint>(10), row.GetFieldValue<short[]>(11), row.GetFieldValue<char>(12), row.GetFieldValue<char>(13));

    private static IndexFacts Index(NpgsqlDataReader row) => new(new SqlName(row.GetString(0), row.GetString(1)), row.GetString(2))
    {
        Unique = row.GetBoolean(3),
        Primary = row.GetBoolean(4),
        Valid = row.GetBoolean(5),
        HasExpressions = row.GetBoolean(6),
        HasCondition = row.GetBoolean(7),
        Constraint = Text(row, 8),
        Keys = row.GetFieldValue<string[]>(9),
        Uses = row.GetFieldValue<short[]>(10),
        Tablespace = Text(row, 11),
        Oid = row.GetFieldValue<uint>(12),
    };

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static char Letter(NpgsqlDataReader row, int column) => row.GetFieldValue<char>(column) is var letter && letter == '\0' ? ' ' : letter;
}
