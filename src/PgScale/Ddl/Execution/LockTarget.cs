namespace PgScale.Ddl.Execution;

/// <summary>A lock of a plan on a relation that exists.</summary>
/// <param name="Relation">The relation's oid.</param>
/// <param name="Name">Its name with its schema, quoted.</param>
/// <param name="Mode">The mode.</param>
/// <param name="CanLock">Whether this role may take it with <c>LOCK TABLE</c>: the relation is a table.</param>
internal sealed record LockTarget(uint Relation, string Name, DdlLockMode Mode, bool CanLock)
{
    private const string Resolve = """
        SELECT c.oid, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), wish.mode,
               c.relkind IN ('r', 'p') AND pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS wish(name, mode)
        JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(wish.name)
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        ORDER BY c.oid
        """;

    /// <summary>The locks of a step in the one order in which everybody takes them; what does not exist is left out.</summary>
    internal static Task<List<LockTarget>> FindAsync(Npgsql.NpgsqlConnection connection, IReadOnlyList<DdlLock> locks, CancellationToken cancellationToken) =>
        locks.Count == 0
            ? Task.FromResult<List<LockTarget>>([])
            : Sql.ReadAsync(
                connection,
                Resolve,
                row => new LockTarget(row.GetFieldValue<uint>(0), row.GetString(1), LockConflicts.Parse(row.GetString(2))!.Value, row.GetBoolean(3)),
                cancellationToken,
                Sql.Texts(locks.Select(one => one.Relation)),
                Sql.Texts(locks.Select(one => one.ServerMode)));
}
