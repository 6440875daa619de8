namespace PgScale.Ddl.Execution;

/// <summary>
/// Fills rows in short transactions, in the order in which they lie in the table, so that no index is needed and each page is read
/// once a sweep. Rows that somebody else has locked are left for the next sweep: nobody waits for them, and they wait for nobody.
/// </summary>
internal sealed class BackfillStep(RunContext run)
{
    private const int MostSweeps = 20;
    private const int MostPages = 8_192;

    private const string Leaves = """
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = pg_catalog.to_regclass($1) AND c.relkind = 'r'
           OR c.relkind = 'r' AND c.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass($1)))
        ORDER BY c.oid
        """;

    private const string Pages = "SELECT pg_catalog.pg_relation_size($1::text::regclass) / pg_catalog.current_setting('block_size')::bigint";

    private readonly ReplicaWait _replicas = new(run);
    private double _pages = 8;

    internal async Task RunAsync(Guid id, int index, DdlStep step, CancellationToken cancellationToken)
    {
        await PinnedProcess.RequireAsync(run.Session, cancellationToken).ConfigureAwait(false);
        run.Report.Tell(DdlProgressStage.Running, step.Why);
        var fill = step.Backfill ?? throw new DdlException(DdlFailure.StepFailed, "A backfill step of the plan does not say what to fill.");
        if (run.Options.Backfill is { } own)
        {
            await own(fill, cancellationToken).ConfigureAwait(false);
            await RequireNoneLeftAsync(fill, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await FillAsync(fill, cancellationToken).ConfigureAwait(false);
        }

        await run.History.EndStepAsync(id, index, new(DdlOutcome.Succeeded), CancellationToken.None).ConfigureAwait(false);
    }

    private async Task FillAsync(DdlBackfill fill, CancellationToken cancellationToken)
    {
        var tables = await Sql.ReadAsync(run.Session.Pinned, Leaves, row => row.GetString(0), cancellationToken, Sql.Text(fill.Table)).ConfigureAwait(false);
        for (var sweep = 1; sweep <= MostSweeps; sweep++)
        {
            foreach (var table in tables)
            {
                await SweepAsync(table, fill, cancellationToken).ConfigureAwait(false);
            }

            if (!await HasRowsAsync(fill, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            await Task.Delay(run.Options.LookInterval * sweep, run.Time, cancellationToken).ConfigureAwait(false);
        }

        await RequireNoneLeftAsync(fill, cancellationToken).ConfigureAwait(false);
    }

    private async Task SweepAsync(string table, DdlBackfill fill, CancellationToken cancellationToken)
    {
        var end = await Sql.ScalarAsync<long>(run.Session.Pinned, Pages, cancellationToken, Sql.Text(table)).ConfigureAwait(false);
        for (long page = 0; page < end;)
        {
            await _replicas.CatchUpAsync(cancellationToken).ConfigureAwait(false);
            var pages = Math.Min((long)_pages, end - page);
            var rows = await BatchAsync(table, fill, page, page + pages, cancellationToken).ConfigureAwait(false);
            page += pages;
            Adapt(rows);
            run.Report.Tell(DdlProgressStage.Running, $"Fills {table}.", (double)page / end);
            if (rows > 0)
            {
                await Task.Delay(run.Options.BackfillPause, run.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<int> BatchAsync(string table, DdlBackfill fill, long from, long to, CancellationToken cancellationToken)
    {
        var range = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"ctid >= '({from},0)'::tid AND ctid < '({to},0)'::tid");
        var sql = $"""
            WITH done AS (
                UPDATE ONLY {table} SET {fill.Assignments}
                WHERE ctid = ANY (ARRAY(SELECT ctid FROM ONLY {table} WHERE {range} AND ({fill.Remaining}) FOR NO KEY UPDATE SKIP LOCKED)) AND ({fill.Remaining})
                RETURNING 1)
            SELECT count(*)::int FROM done
            """;
        return await Sql.ScalarAsync<int>(run.Session.Pinned, sql, cancellationToken).ConfigureAwait(false);
    }

    // Towards the number of rows that a batch should have; pages without any are passed over ever faster.
    private void Adapt(int rows) => _pages = Math.Clamp(_pages * Math.Clamp(run.Options.BackfillBatch / (double)Math.Max(rows, 1), 0.5, 2), 1, MostPages);

    private async Task RequireNoneLeftAsync(DdlBackfill fill, CancellationToken cancellationToken)
    {
        if (await HasRowsAsync(fill, cancellationToken).ConfigureAwait(false))
        {
            throw new DdlException(
                DdlFailure.StepFailed,
                $"The backfill of {fill.Table} ended, but rows with {fill.Remaining} remain: they are locked each time, or something sets them again. Look for long transactions on the table, and run again.");
        }
    }

    private Task<bool> HasRowsAsync(DdlBackfill fill, CancellationToken cancellationToken) =>
        Sql.ScalarAsync<bool>(run.Session.Pinned, $"SELECT EXISTS (SELECT FROM {fill.Table} WHERE {fill.Remaining})", cancellationToken);
}
