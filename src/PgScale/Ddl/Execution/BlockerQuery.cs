using Npgsql;

namespace PgScale.Ddl.Execution;

/// <summary>Asks one server who is in the way.</summary>
internal static class BlockerQuery
{
    // Roles without pg_read_all_stats see neither state nor age of other roles' sessions: null becomes empty, and -1.
    private const string Columns = """
        coalesce(a.backend_type, ''), coalesce(a.application_name, x.gid, ''), coalesce(a.usename, x.owner, ''), coalesce(a.state, ''), coalesce(a.query, ''),
        coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(a.xact_start, x.prepared))::float8, -1)
        """;

    private const string Holders = $"""
        SELECT coalesce(l.pid, 0), coalesce(l.virtualtransaction, ''), pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), l.mode, {Columns}
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS wish(relation, mode)
        JOIN pg_catalog.pg_locks l ON l.relation = wish.relation AND l.mode = wish.mode AND l.locktype = 'relation'
        JOIN pg_catalog.pg_class c ON c.oid = l.relation
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
        LEFT JOIN pg_catalog.pg_locks p ON l.pid IS NULL AND p.pid IS NULL AND p.locktype = 'transactionid' AND p.virtualtransaction = l.virtualtransaction
        LEFT JOIN pg_catalog.pg_prepared_xacts x ON x.transaction = p.transactionid
        WHERE l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
          AND coalesce(l.pid, 0) <> ALL ($3)
        """;

    private const string Blocking = $"""
        SELECT b.pid, coalesce((SELECT min(l.virtualtransaction) FROM pg_catalog.pg_locks l WHERE l.pid = b.pid AND l.virtualtransaction LIKE '%/%'), ''), '', '', {Columns}
        FROM (SELECT DISTINCT pid FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) AS u(pid)) AS b
        LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid
        LEFT JOIN pg_catalog.pg_prepared_xacts x ON false
        """;

    /// <summary>Sessions that hold or wait for a lock which conflicts with one of the targets; each once.</summary>
    internal static async Task<List<DdlBlocker>> HoldersAsync(
        NpgsqlConnection connection, string node, IEnumerable<LockTarget> targets, int[] own, DdlQueryText text, CancellationToken cancellationToken)
    {
        var wishes = targets.SelectMany(target => LockConflicts.With(target.Mode).Select(mode => (target.Relation, Mode: $"{mode}Lock"))).Distinct().ToList();
        var rows = await Sql.ReadAsync(
            connection,
            Holders,
            row => Read(row, node, text),
            cancellationToken,
            Sql.Oids(wishes.Select(wish => wish.Relation)),
            Sql.Texts(wishes.Select(wish => wish.Mode)),
            new NpgsqlParameter<int[]> { TypedValue = own }).ConfigureAwait(false);
        return [.. rows.GroupBy(row => (row.Pid, row.Transaction)).Select(same => same.MaxBy(row => LockConflicts.Parse(row.Mode))!)];
    }

    /// <summary>Sessions behind which a statement of ours waits now.</summary>
    internal static Task<List<DdlBlocker>> BlockingAsync(NpgsqlConnection connection, string node, int pid, DdlQueryText text, CancellationToken cancellationToken) =>
        Sql.ReadAsync(connection, Blocking, row => Read(row, node, text), cancellationToken, Sql.Number(pid));

    private static DdlBlocker Read(NpgsqlDataReader row, string node, DdlQueryText text)
    {
        var (pid, query, age) = (row.GetInt32(0), row.GetString(8), row.GetDouble(9));
        return new()
        {
            Node = node,
            Pid = pid,
            Transaction = row.GetString(1),
            Relation = row.GetString(2),
            Mode = row.GetString(3),
            Kind = pid == 0 ? DdlBlockerKind.PreparedTransaction : BlockerKinds.Of(row.GetString(4), row.GetString(5), query),
            Application = row.GetString(5),
            User = row.GetString(6),
            State = row.GetString(7),
            Query = QueryRedaction.Show(query, text),
            Age = age < 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(age),
        };
    }
}
