using PgScale.Ddl.History;

namespace PgScale.Ddl.Execution;

/// <summary>Runs one statement: goes on where an earlier run of it stopped, or judges it and begins.</summary>
internal sealed class StatementRunner(RunContext run, JudgeStatement judge)
{
    internal async Task<DdlRun> RunAsync(string statement, DdlPlan? plan, MigrationPlace? place, CancellationToken cancellationToken)
    {
        var begun = await TakeUpAsync(statement, place, cancellationToken).ConfigureAwait(false)
            ?? await BeginAsync(plan ?? await judge(statement, run.Session.Pinned, run.Options.Policy, cancellationToken).ConfigureAwait(false), place, cancellationToken).ConfigureAwait(false);
        using var activity = DdlActivity.StartRun(begun);
        try
        {
            await new PlanRunner(run).RunAsync(begun, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            DdlActivity.Failed(activity, failure);
            throw;
        }

        return await HistoryReader.GetAsync(run.Session.Pinned, begun.Id, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<DdlRun?> TakeUpAsync(string statement, MigrationPlace? place, CancellationToken cancellationToken)
    {
        var last = await HistoryReader.OfAsync(run.Session.Pinned, statement, place, cancellationToken).ConfigureAwait(false);
        if (!Resumption.IsDue(last))
        {
            await CloseAsync(last, cancellationToken).ConfigureAwait(false);
            return null;
        }

        await run.History.TakeUpAsync(last!, cancellationToken).ConfigureAwait(false);
        SafeDdlExecutorLog.Resumed(run.Report.Logger, run.Report.Instance, last!.Id, last.StartedAt, statement);
        return last;
    }

    // This is the only runner, so one that seems to be under way is dead.
    private Task CloseAsync(DdlRun? last, CancellationToken cancellationToken) => last is { Outcome: DdlOutcome.Running }
        ? run.History.EndAsync(last.Id, DdlOutcome.Failed, "Its process ended before anything of it was done.", cancellationToken)
        : Task.CompletedTask;

    private async Task<DdlRun> BeginAsync(DdlPlan plan, MigrationPlace? place, CancellationToken cancellationToken)
    {
        if (plan.Verdict == DdlVerdict.Refused)
        {
            throw new DdlException(DdlFailure.Refused, $"The statement was refused: {plan.Reason} {plan.Remedy} ({plan.Statement})") { Plan = plan };
        }

        var begun = await run.History.BeginAsync(plan, place, cancellationToken).ConfigureAwait(false);
        SafeDdlExecutorLog.Started(run.Report.Logger, run.Report.Instance, begun.Id, plan.Steps.Count, plan.Statement);
        return begun;
    }
}
