using Npgsql;

namespace PgScale.Ddl.Execution;

/// <summary>Finds and drops the INVALID indexes that failed concurrent builds leave: every write maintains them, and no query uses them.</summary>
internal static class IndexLeftovers
{
    // What somebody builds right now is INVALID too, until it is ready; so is the index of a partitioned table that lacks a partition's.
    private const string Invalid = """
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.relname),
               pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), pg_catalog.pg_relation_size(c.oid), c.relname,
               EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p
                       WHERE p.relid = i.indrelid AND p.datid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
        FROM pg_catalog.pg_index i
        JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname NOT LIKE 'pg\_temp%' AND ($1 IS NULL OR i.indrelid = pg_catalog.to_regclass($1))
        ORDER BY 2
        """;

    private const string Valid = """
        SELECT i.indisvalid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = pg_catalog.to_regclass($1) AND c.relname = $2
        """;

    /// <summary>All leftovers, of one table or of all.</summary>
    internal static async Task<List<DdlLeftover>> FindAsync(NpgsqlConnection connection, string? table, CancellationToken cancellationToken) =>
        [.. (await ReadAsync(connection, table, cancellationToken).ConfigureAwait(false)).Where(found => !found.IsBusy).Select(found => found.Leftover)];

    /// <summary>
    /// What a build of this index left on this table, and what a concurrent rebuild of it left there; null when somebody builds an index
    /// on the table now, so that it cannot be told.
    /// </summary>
    internal static async Task<List<DdlLeftover>?> FindAsync(NpgsqlConnection connection, DdlIndexBuild build, CancellationToken cancellationToken)
    {
        var found = (await ReadAsync(connection, build.Table, cancellationToken).ConfigureAwait(false)).Where(one => LeftoverName.Belongs(one.Name, build.Index)).ToList();
        return found.Exists(one => one.IsBusy) ? null : found.ConvertAll(one => one.Leftover);
    }

    /// <summary>What concurrent rebuilds left on a table; null when somebody builds an index on it now.</summary>
    internal static async Task<List<DdlLeftover>?> FindRebuildsAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        var found = (await ReadAsync(connection, table, cancellationToken).ConfigureAwait(false)).Where(one => LeftoverName.IsOfRebuild(one.Name)).ToList();
        return found.Exists(one => one.IsBusy) ? null : found.ConvertAll(one => one.Leftover);
    }

    /// <summary>Whether the index is there and valid; null when it is not there.</summary>
    internal static async Task<bool?> IsValidAsync(NpgsqlConnection connection, DdlIndexBuild build, CancellationToken cancellationToken)
    {
        var found = await Sql.ReadAsync(connection, Valid, row => row.GetBoolean(0), cancellationToken, Sql.Text(build.Table), Sql.Text(build.Index)).ConfigureAwait(false);
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>The statement that drops one without stopping anybody.</summary>
    internal static string DropStatement(DdlLeftover leftover) => $"DROP INDEX CONCURRENTLY IF EXISTS {leftover.Index}";

    private static Task<List<(DdlLeftover Leftover, string Name, bool IsBusy)>> ReadAsync(NpgsqlConnection connection, string? table, CancellationToken cancellationToken) =>
        Sql.ReadAsync(
            connection,
            Invalid,
            row => (new DdlLeftover(row.GetString(0), row.GetString(1), row.GetInt64(2)), row.GetString(3), row.GetBoolean(4)),
            cancellationToken,
            Sql.Text(table));
}
