using Npgsql;
using PgScale.Backfill.Ledger;
using PgScale.Backfill.Planning;
using PgScale.Cluster;

namespace PgScale.Backfill.Running;

/// <summary>Takes one range after the other, stage by stage, until none is left; what was set aside comes last.</summary>
internal sealed class RangeQueue(RunContext run, ClusterMonitor monitor, RunnerSession session, bool joinsAtFirst, TimeSpan look, Action worked)
{
    private const string WaitingSql = "SELECT stage, key FROM pgscale.backfill_row WHERE name = $1 AND is_waiting ORDER BY stage, key LIMIT 1000";

    private const string HolderSql = $$"""
        SELECT l.pid FROM pg_catalog.pg_locks l
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_catalog.pg_backend_pid()
          AND ((l.classid::bigint << 32) | l.objid::bigint) = {{RunnerSession.LockKey}}
        """;

    private bool _joins = joinsAtFirst;
    private int _stage = -1;

    internal async Task<BackfillState> RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await ReadEntryAsync(cancellationToken).ConfigureAwait(false) is not { } entry)
            {
                return BackfillState.Cancelled;
            }

            run.Report.State(entry.State);
            if (entry.State is not (BackfillState.Running or BackfillState.Paused))
            {
                return entry.State;
            }

            var open = await BackfillLedger.OpenRangesAsync(session.Connection, run.Name, cancellationToken).ConfigureAwait(false);
            if (open.Length == 0)
            {
                return await FinishAsync(cancellationToken).ConfigureAwait(false);
            }

            await EnterStageAsync(open[0].Stage, cancellationToken).ConfigureAwait(false);
            if (await ClaimAsync(open, cancellationToken).ConfigureAwait(false) is { } claim)
            {
                await WorkAsync(claim, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await OthersWorkAsync(open[0], cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<LedgerEntry?> ReadEntryAsync(CancellationToken cancellationToken)
    {
        var entry = await BackfillLedger.FindAsync(session.Connection, run.Name, cancellationToken).ConfigureAwait(false);
        return entry is null && await run.Beginning.IsLostAsync(monitor, run.Name, run.Time, cancellationToken).ConfigureAwait(false)
            ? throw new LedgerLostException()
            : entry;
    }

    private async Task WorkAsync(RangeClaim claim, CancellationToken cancellationToken)
    {
        _joins = true; // it is ours; whoever takes it over later cooperates
        worked();
        try
        {
            await new RangeWorker(run, session, claim).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (FencedException)
        {
            ControlledBackfillLog.Fenced(run.Logger, run.Instance, run.Name);
        }
    }

    private async Task OthersWorkAsync((int Stage, int Number) range, CancellationToken cancellationToken)
    {
        if (!_joins)
        {
            var pid = await Sql.AskAsync<int>(
                session.Connection, HolderSql, cancellationToken, Sql.Text(run.Name), Sql.Text($"{range.Stage}"), Sql.Text($"{range.Number}")).ConfigureAwait(false);
            throw BackfillRefusedException.For(
                run.Name, $"It runs already, in the server process {pid} (see pg_stat_activity). Wait for it, or run it with Joins to stand by or to share its ranges.");
        }

        await Task.Delay(look, run.Time, cancellationToken).ConfigureAwait(false);
    }

    private async Task<RangeClaim?> ClaimAsync(IEnumerable<(int Stage, int Number)> open, CancellationToken cancellationToken)
    {
        foreach (var (stage, number) in open)
        {
            if (!await session.TryLockAsync(run.Name, stage, number, cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            try
            {
                if (await BackfillLedger.ClaimAsync(session.Connection, run.Name, stage, number, run.Runner, cancellationToken).ConfigureAwait(false) is { } claim)
                {
                    return claim;
                }
            }
            catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                // A batch of the runner before is still committing.
            }
        }

        return null;
    }

    // The sweep looks for rows of transactions that were under way when a batch passed them: those must have ended.
    private async Task EnterStageAsync(int stage, CancellationToken cancellationToken)
    {
        if (stage == _stage)
        {
            return;
        }

        _stage = stage;
        run.Pace.UseStage(stage);
        run.Report.Stage(stage);
        if (run.IsSweep(stage) && !await TableWriters.WaitAsync(session.Connection, run.Table.Oid, run.Options.WriterWait, run.Time, cancellationToken).ConfigureAwait(false))
        {
            ControlledBackfillLog.WritersLeft(run.Logger, run.Instance, run.Name, run.Options.WriterWait);
        }
    }

    private async Task<BackfillState> FinishAsync(CancellationToken cancellationToken)
    {
        await RetryRowsAsync(cancellationToken).ConfigureAwait(false);
        await Sql.RunAsync(session.Connection, "SET synchronous_commit = on", cancellationToken).ConfigureAwait(false); // and with it all that came before
        if (await BackfillLedger.SetStateAsync(session.Connection, run.Name, BackfillState.Completed, "", cancellationToken, BackfillState.Running, BackfillState.Paused).ConfigureAwait(false))
        {
            run.Report.State(BackfillState.Completed);
        }

        return (await BackfillLedger.ReadAsync(session.Connection, run.Name, cancellationToken).ConfigureAwait(false))?.State ?? BackfillState.Cancelled;
    }

    private async Task RetryRowsAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var waiting = await ReadWaitingAsync(cancellationToken).ConfigureAwait(false);
            foreach (var (stage, key) in waiting)
            {
                await RetryRowAsync(stage, key, attempt, cancellationToken).ConfigureAwait(false);
            }

            if (waiting.Count == 0)
            {
                return;
            }

            await Task.Delay(look, run.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RetryRowAsync(int stage, string[] key, int attempt, CancellationToken cancellationToken)
    {
        var batches = new BatchRunner(session, run.Name, new(stage, 0, 0, new(null), key), run.StatementsOf(stage), run.Table.Oid);
        try
        {
            await batches.RetryRowAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException failure) when (BatchFailures.Classify(failure, checkpoint: null) is BatchFailure.Contention or BatchFailure.Row)
        {
            var isLast = attempt >= run.Options.AttemptsPerRow || BatchFailures.Classify(failure, checkpoint: null) == BatchFailure.Row;
            if (isLast && !run.SetAside.TryAddFailed())
            {
                throw BackfillFailedException.For(
                    run.Name,
                    $"more than {run.Options.MaxFailedRows} rows could not be changed, the last one with the key ({string.Join(", ", key)}): {failure.MessageText} Look into pgscale.backfill_row, and run it again.",
                    failure);
            }

            await Sql.RunAsync(
                session.Connection,
                "UPDATE pgscale.backfill_row SET is_waiting = $4, sql_state = $5, error = $6, failed_at = pg_catalog.now() WHERE name = $1 AND stage = $2 AND key = $3",
                cancellationToken,
                Sql.Text(run.Name), Sql.Integer(stage), Sql.Texts(key), Sql.Flag(!isLast), Sql.Text(failure.SqlState), Sql.Text(RowError.Of(failure))).ConfigureAwait(false);
        }
    }

    private async Task<List<(int Stage, string[] Key)>> ReadWaitingAsync(CancellationToken cancellationToken)
    {
        using var command = Sql.Command(session.Connection, WaitingSql, Sql.Text(run.Name));
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        var rows = new List<(int, string[])>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add((reader.GetInt32(0), reader.GetFieldValue<string[]>(1)));
        }

        return rows;
    }
}
