namespace PgScale.Ddl.Execution;

/// <summary>
/// One runner at a time in a database. It is asked for again and again and never waited for: a session that waits in
/// <c>pg_advisory_lock</c> holds a snapshot, for which a concurrent index build waits, which is a deadlock.
/// </summary>
internal static class RunnerLock
{
    private const long Key = 8_096_423_113_254_828; // any number that nobody else has

    private const string Holder = """
        SELECT a.pid, coalesce(a.application_name, ''), coalesce(a.backend_start::text, '') FROM pg_catalog.pg_locks l
        JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND (l.classid::bigint << 32) + l.objid::bigint = $1
          AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        """;

    /// <summary>Becomes the runner; the session's end ends it.</summary>
    /// <exception cref="DdlException">Another runner was at work for longer than the patience.</exception>
    internal static async Task TakeAsync(DdlSession session, SafeDdlExecutorOptions options, DdlReport report, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var backoff = new Backoff(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1), time);
        while (!await TryAsync(session, cancellationToken).ConfigureAwait(false))
        {
            var holder = await FindHolderAsync(session, cancellationToken).ConfigureAwait(false);
            if (time.GetElapsedTime(start) >= options.RunnerPatience)
            {
                throw new DdlException(
                    DdlFailure.RunnerBusy,
                    $"Another runner makes schema changes and did not end within PgScale:Ddl:RunnerPatience ({options.RunnerPatience}): {holder}. Wait for it, or end its session with pg_terminate_backend.");
            }

            report.Waiting($"Another runner makes schema changes: {holder}.");
            await backoff.PauseAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static Task<bool> TryAsync(DdlSession session, CancellationToken cancellationToken) =>
        Sql.ScalarAsync<bool>(session.Pinned, "SELECT pg_catalog.pg_try_advisory_lock($1)", cancellationToken, Big());

    private static async Task<string> FindHolderAsync(DdlSession session, CancellationToken cancellationToken)
    {
        var found = await Sql.ReadAsync(
            session.Pinned, Holder, row => $"pid {row.GetInt32(0)}, '{row.GetString(1)}', connected at {row.GetString(2)}", cancellationToken, Big()).ConfigureAwait(false);
        return found.FirstOrDefault() ?? "it has just ended";
    }

    private static Npgsql.NpgsqlParameter<long> Big() => new() { TypedValue = Key };
}
