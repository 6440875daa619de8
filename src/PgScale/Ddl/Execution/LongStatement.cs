using Npgsql;

namespace PgScale.Ddl.Execution;

/// <summary>
/// Runs a statement that may take hours on the pinned connection, without limits of the server, and watches it from beside: how far it
/// is, who holds it up, and whether it takes too long.
/// </summary>
internal sealed class LongStatement(RunContext run)
{
    private const string Progress = """
        SELECT CASE WHEN blocks_total > 0 THEN blocks_done::float8 / blocks_total WHEN tuples_total > 0 THEN tuples_done::float8 / tuples_total END, phase
        FROM pg_catalog.pg_stat_progress_create_index WHERE pid = $1
        """;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="DdlException">It took longer than the limit, or the policy says to report who holds it up.</exception>
    internal async Task RunAsync(string statement, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = Sql.ExecuteAsync(run.Session.Pinned, statement, stopping.Token);
        var stopped = await WatchAsync(work, stopping.Token).ConfigureAwait(false);
        if (stopped is not null)
        {
            await stopping.CancelAsync().ConfigureAwait(false);
            await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw stopped;
        }

        await work.ConfigureAwait(false);
    }

    private async Task<DdlException?> WatchAsync(Task work, CancellationToken cancellationToken)
    {
        var start = run.Time.GetTimestamp();
        while (!await EndsWithinAsync(work, LookEvery).ConfigureAwait(false) && !cancellationToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (DdlException report)
            {
                return report;
            }
            catch (Exception blind) when (blind is NpgsqlException or OperationCanceledException)
            {
                continue; // who cannot look looks again; the work itself tells when the server is gone
            }

            if (run.Time.GetElapsedTime(start) >= run.Options.LongStepTimeout)
            {
                return new DdlException(
                    DdlFailure.Blocked,
                    $"The step took longer than PgScale:Ddl:LongStepTimeout ({run.Options.LongStepTimeout}) and was cancelled. {Who()} Run it again, or allow more time.")
                { Blockers = [.. run.Report.Blockers] };
            }
        }

        return null;
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var look = await run.Lookout.LookAtRunningAsync(cancellationToken).ConfigureAwait(false);
        if (look.Blockers.Count > 0)
        {
            run.Report.Waiting(look);
            await run.GiveWay.AskAsync(look, mayQueue: false, cancellationToken).ConfigureAwait(false);
            return;
        }

        var observer = await run.Session.ObserverAsync(cancellationToken).ConfigureAwait(false);
        var found = await Sql.ReadAsync(
            observer,
            Progress,
            row => (Share: row.IsDBNull(0) ? (double?)null : row.GetDouble(0), Phase: row.GetString(1)),
            cancellationToken,
            Sql.Number(run.Session.Pid)).ConfigureAwait(false);
        run.Report.Tell(DdlProgressStage.Running, found.Count == 0 ? "It works." : found[0].Phase, found.Count == 0 ? null : found[0].Share);
    }

    private string Who() => run.Report.Blockers.Count == 0 ? "Nobody held it up." : $"It waited for {string.Join("; ", run.Report.Blockers)}.";

    private async Task<bool> EndsWithinAsync(Task work, TimeSpan time)
    {
        using var done = new CancellationTokenSource();
        var pause = Task.Delay(time, run.Time, done.Token);
        var first = await Task.WhenAny(work, pause).ConfigureAwait(false);
        await done.CancelAsync().ConfigureAwait(false);
        return first == work;
    }
}
