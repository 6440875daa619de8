using Npgsql;
using NpgsqlTypes;
using PgScale.Ddl.Text;

namespace PgScale.Ddl.Server;

/// <summary>Reads what belongs to a column and would go with it when a new one takes its place.</summary>
internal sealed class ColumnExtrasReader(NpgsqlConnection connection, CancellationToken cancellationToken)
{
    // Indexes, constraints, the default, the sequence and statistics are made anew; for anything else there is no plan.
    private const string UserSql = """
        SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_catalog.pg_depend d
        LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
        LEFT JOIN pg_catalog.pg_attrdef f ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND f.oid = d.objid
        WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = $1 AND d.refobjsubid = $2
          AND d.classid NOT IN ('pg_catalog.pg_constraint'::regclass, 'pg_catalog.pg_statistic_ext'::regclass)
          AND NOT coalesce(c.relkind IN ('i', 'S') OR (f.adrelid = $1 AND f.adnum = $2), false)
        ORDER BY 1 LIMIT 1
        """;

    private const string RestoredSql = """
        WITH col AS (
          SELECT a.*, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS tab
          FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE a.attrelid = $1 AND a.attnum = $2),
        used AS (
          SELECT DISTINCT d.classid, d.objid FROM pg_catalog.pg_depend d
          WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = $1 AND d.refobjsubid = $2),
        indexes AS (
          SELECT i.*, c.relname, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name
          FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE i.indrelid = $1 AND ($2 = ANY (i.indkey) OR i.indexrelid IN (SELECT objid FROM used)))
        SELECT pg_catalog.format('COMMENT ON COLUMN %s.%I IS %L', tab, attname, pg_catalog.col_description(attrelid, attnum)) FROM col
        WHERE pg_catalog.col_description(attrelid, attnum) IS NOT NULL
        UNION ALL SELECT pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', tab, attname, attstattarget) FROM col WHERE attstattarget >= 0
        UNION ALL SELECT pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET (%s)', tab, attname, pg_catalog.array_to_string(attoptions, ', ')) FROM col WHERE attoptions IS NOT NULL
        UNION ALL SELECT pg_catalog.format('GRANT %s (%I) ON %s TO %s%s', r.privilege_type, attname, tab,
                         CASE r.grantee WHEN 0 THEN 'PUBLIC' ELSE r.grantee::regrole::text END, CASE WHEN r.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
                  FROM col, pg_catalog.aclexplode(attacl) AS r
        UNION ALL SELECT pg_catalog.pg_get_statisticsobjdef(objid) FROM used WHERE classid = 'pg_catalog.pg_statistic_ext'::regclass
        UNION ALL SELECT pg_catalog.format('COMMENT ON INDEX %s IS %L', name, pg_catalog.obj_description(indexrelid, 'pg_class')) FROM indexes
                  WHERE pg_catalog.obj_description(indexrelid, 'pg_class') IS NOT NULL
        UNION ALL SELECT pg_catalog.format('ALTER TABLE %s CLUSTER ON %I', tab, relname) FROM indexes, col WHERE indisclustered
        UNION ALL SELECT pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', tab, relname) FROM indexes, col WHERE indisreplident
        UNION ALL SELECT pg_catalog.format('COMMENT ON CONSTRAINT %I ON %s IS %L', k.conname, k.conrelid::regclass, pg_catalog.obj_description(k.oid, 'pg_constraint'))
                  FROM pg_catalog.pg_constraint k
                  WHERE (k.conrelid = $1 AND $2 = ANY (k.conkey) OR k.confrelid = $1 AND $2 = ANY (k.confkey)) AND pg_catalog.obj_description(k.oid, 'pg_constraint') IS NOT NULL
        """;

    // Limits and start that came from the type are those of the new type afterwards.
    private const string IdentitySql = """
        SELECT n.nspname, c.relname, a.attidentity = 'a', pg_catalog.concat_ws(' ',
               pg_catalog.format('SEQUENCE NAME %I.%I', n.nspname, c.relname), 'INCREMENT BY ' || s.seqincrement,
               CASE WHEN s.seqmin NOT IN (1, -32768, -2147483648, -9223372036854775808) THEN 'MINVALUE ' || s.seqmin END,
               CASE WHEN s.seqmax NOT IN (-1, 32767, 2147483647, 9223372036854775807) THEN 'MAXVALUE ' || s.seqmax END,
               'START WITH ' || s.seqstart, 'CACHE ' || s.seqcache, CASE WHEN s.seqcycle THEN 'CYCLE' END)
        FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_sequence s ON s.seqrelid = d.objid
        JOIN pg_catalog.pg_class c ON c.oid = d.objid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'i' AND d.refobjid = $1 AND d.refobjsubid = $2
        """;

    private readonly CatalogReader _catalog = new(connection, cancellationToken);

    /// <summary>All of it.</summary>
    public async Task<ColumnExtras> ReadAsync(RelationFacts table, ColumnFacts column)
    {
        (object Value, NpgsqlDbType Type)[] both = [(table.Oid, NpgsqlDbType.Oid), (column.Number, NpgsqlDbType.Smallint)];
        List<IdentityFacts> identity = column.Identity == ' '
            ? []
            : await _catalog.ListAsync(IdentitySql, row => new IdentityFacts(new SqlName(row.GetString(0), row.GetString(1)), row.GetBoolean(2), row.GetString(3)), both).ConfigureAwait(false);
        return new ColumnExtras(
            await _catalog.ScalarAsync<string>(UserSql, both).ConfigureAwait(false),
            await _catalog.ListAsync(RestoredSql, row => row.GetString(0), both).ConfigureAwait(false),
            identity.SingleOrDefault());
    }
}
