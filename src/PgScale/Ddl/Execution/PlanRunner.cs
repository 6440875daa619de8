using Npgsql;
using PgScale.Ddl.History;

namespace PgScale.Ddl.Execution;

/// <summary>Runs the steps of a plan one after the other, from the first that is not done.</summary>
internal sealed class PlanRunner(RunContext run)
{
    // A longer pause between two steps ends the run; it goes on when it is run again.
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private const string SinceStep = "SELECT extract(epoch FROM clock_timestamp() - ended_at)::float8 FROM pgscale.ddl_history_step WHERE run = $1 AND step = $2";

    internal async Task<DdlOutcome> RunAsync(DdlRun begun, CancellationToken cancellationToken)
    {
        var outcome = DdlOutcome.Failed;
        var step = 0;
        try
        {
            for (; step < begun.Plan.Steps.Count; step++)
            {
                if (!await StepAsync(begun, step, cancellationToken).ConfigureAwait(false))
                {
                    return outcome = DdlOutcome.Paused;
                }
            }

            return outcome = DdlOutcome.Succeeded;
        }
        catch (Exception failure)
        {
            SafeDdlExecutorLog.Failed(run.Report.Logger, failure, run.Report.Instance, begun.Id, step);
            await WriteEndAsync(begun, step, DdlOutcome.Failed, Words(failure)).ConfigureAwait(false);
            Explain(failure, begun, step, out var explained);
            if (ReferenceEquals(failure, explained))
            {
                throw;
            }

            throw explained;
        }
        finally
        {
            if (outcome != DdlOutcome.Failed)
            {
                await WriteEndAsync(begun, step, outcome, null).ConfigureAwait(false);
            }

            run.Report.Metrics.Ended(outcome);
            SafeDdlExecutorLog.Ended(run.Report.Logger, run.Report.Instance, begun.Id, outcome);
        }
    }

    private async Task<bool> StepAsync(DdlRun begun, int index, CancellationToken cancellationToken)
    {
        var step = begun.Plan.Steps[index];
        var record = begun.Steps.FirstOrDefault(one => one.Step == index);
        run.Report.Begin(begun.Plan, index);
        if (record?.Outcome is DdlOutcome.Succeeded or DdlOutcome.Skipped)
        {
            run.Report.Tell(DdlProgressStage.Skipped, step.Why);
            return true;
        }

        RequireHours();
        if (index > 0 && step.Pause > TimeSpan.Zero && !await IsPauseOverAsync(begun.Id, index, step.Pause, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        await new ReplicaWait(run).CatchUpAsync(cancellationToken).ConfigureAwait(false);
        await TraceAsync(begun, index, step, record is not null, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task TraceAsync(DdlRun begun, int index, DdlStep step, bool wasBegun, CancellationToken cancellationToken)
    {
        using var activity = DdlActivity.StartStep(begun, index);
        var start = run.Time.GetTimestamp();
        var outcome = DdlOutcome.Failed;
        try
        {
            outcome = await new StepRunner(run).RunAsync(begun.Id, index, step, wasBegun, cancellationToken).ConfigureAwait(false);
            run.Report.Tell(outcome == DdlOutcome.Skipped ? DdlProgressStage.Skipped : DdlProgressStage.Done, step.Why);
        }
        catch (Exception failure)
        {
            DdlActivity.Failed(activity, failure);
            throw;
        }
        finally
        {
            var took = run.Time.GetElapsedTime(start);
            run.Report.Metrics.StepEnded(step.Kind, outcome, took);
            SafeDdlExecutorLog.StepEnded(run.Report.Logger, run.Report.Instance, begun.Id, index, begun.Plan.Steps.Count, outcome, took, step.Sql);
        }
    }

    private void RequireHours()
    {
        if (run.Options.Policy.AllowedHours is { } hours && !hours.Contains(run.Time.GetUtcNow()))
        {
            throw new DdlException(
                DdlFailure.OutsideHours,
                $"Schema changes may run from {hours.From:HH:mm} to {hours.To:HH:mm} UTC (PgScale:Ddl:Policy:AllowedHours). What was done stays; run it again in those hours.");
        }
    }

    private async Task<bool> IsPauseOverAsync(Guid id, int index, TimeSpan pause, CancellationToken cancellationToken)
    {
        var since = await Sql.ScalarAsync<double>(run.Session.Pinned, SinceStep, cancellationToken, Sql.Key(id), Sql.Number(index - 1)).ConfigureAwait(false);
        var left = pause - TimeSpan.FromSeconds(since);
        if (left > LongestPause)
        {
            run.Report.Waiting($"The next step may begin in {left}; run it again then.");
            return false;
        }

        if (left > TimeSpan.Zero)
        {
            run.Report.Waiting($"The next step begins in {left}.");
            await Task.Delay(left, run.Time, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    // Also when the caller has cancelled: the history says how it ended. When the server is gone, the next run finds it out by itself.
    private async Task WriteEndAsync(DdlRun begun, int step, DdlOutcome outcome, string? error)
    {
        try
        {
            var connection = run.Session.Pinned.State == System.Data.ConnectionState.Open
                ? run.Session.Pinned
                : await run.Session.ObserverAsync(CancellationToken.None).ConfigureAwait(false);
            var history = new DdlHistory(connection, begun.From);
            if (outcome == DdlOutcome.Failed)
            {
                await history.EndStepAsync(begun.Id, step, new(outcome, Blockers: run.Report.Blockers), CancellationToken.None).ConfigureAwait(false);
            }

            await history.EndAsync(begun.Id, outcome, error, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException)
        {
            SafeDdlExecutorLog.HistoryFailed(run.Report.Logger, failure, run.Report.Instance, begun.Id);
        }
    }

    // Without the position in the text and without details, which may hold values of rows.
    private static string Words(Exception failure) => failure is PostgresException refused ? $"{refused.SqlState}: {refused.MessageText}" : failure.Message;

    private static void Explain(Exception failure, DdlRun begun, int step, out Exception explained)
    {
        var known = failure as DdlException ?? (failure is NpgsqlException
            ? new DdlException(DdlFailure.StepFailed, $"Step {step + 1} of {begun.Plan.Steps.Count} failed: {Words(failure)} ({begun.Plan.Steps[step].Sql}) What was done before stays; correct the cause and run it again, it goes on from there.", failure)
            : null);
        if (known is not null)
        {
            (known.Plan, known.Step, known.Run) = (begun.Plan, step, begun.Id);
        }

        explained = known ?? failure;
    }
}
