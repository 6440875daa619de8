using Npgsql;

namespace PgScale.Backfill.Planning;

/// <summary>Waits until the transactions have ended that have written to a table by now, as CREATE INDEX CONCURRENTLY does.</summary>
/// <remarks>What they inserted is then seen, or never will be: no row of theirs can appear behind a cursor.</remarks>
internal static class TableWriters
{
    private const string NowSql = """
        SELECT coalesce(pg_catalog.array_agg(DISTINCT virtualtransaction), '{}') FROM pg_catalog.pg_locks
        WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_catalog.pg_backend_pid()
          AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
          AND (relation = $1 OR relation IN (SELECT relid FROM pg_catalog.pg_partition_tree($1)))
          AND ($2 IS NULL OR virtualtransaction = ANY ($2))
        """;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>False when some are left after the wait.</summary>
    internal static async Task<bool> WaitAsync(NpgsqlConnection connection, uint table, TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        var writers = await ReadAsync(connection, table, null, cancellationToken).ConfigureAwait(false);
        while (writers.Length > 0)
        {
            if (time.GetElapsedTime(startedAt) >= atMost)
            {
                return false;
            }

            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            writers = await ReadAsync(connection, table, writers, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private static async Task<string[]> ReadAsync(NpgsqlConnection connection, uint table, string[]? among, CancellationToken cancellationToken) =>
        await Sql.AskAsync<string[]>(
            connection, NowSql, cancellationToken, new NpgsqlParameter { Value = table, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid }, Sql.Texts(among)).ConfigureAwait(false) ?? [];
}
