namespace PgScale.Ddl.Execution;

/// <summary>Whether a run of the history is gone on with, or the statement is judged anew.</summary>
internal static class Resumption
{
    /// <summary>It is when something of it is done, or may be: then the schema is no longer the one that the statement was written for.</summary>
    internal static bool IsDue(DdlRun? run) =>
        run is { Outcome: DdlOutcome.Running or DdlOutcome.Failed or DdlOutcome.Paused } && run.Steps.Any(step => HasLeftTraces(run.Plan, step));

    private static bool HasLeftTraces(DdlPlan plan, DdlStepRecord step) =>
        step.Outcome is DdlOutcome.Succeeded or DdlOutcome.Skipped
        || (step.Step < plan.Steps.Count && plan.Steps[step.Step].Kind is DdlStepKind.OutsideTransaction or DdlStepKind.Backfill && step.Outcome == DdlOutcome.Running);
}
