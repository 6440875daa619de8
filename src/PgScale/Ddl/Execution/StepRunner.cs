namespace PgScale.Ddl.Execution;

/// <summary>Runs one step in the way of its kind.</summary>
internal sealed class StepRunner(RunContext run)
{
    /// <summary>Runs it, unless it was begun before and turns out to be done.</summary>
    internal async Task<DdlOutcome> RunAsync(Guid id, int index, DdlStep step, bool wasBegun, CancellationToken cancellationToken)
    {
        var isDone = wasBegun && await IsDoneAsync(step, cancellationToken).ConfigureAwait(false);
        await run.History.BeginStepAsync(id, index, step, cancellationToken).ConfigureAwait(false);
        if (isDone)
        {
            await run.History.EndStepAsync(id, index, new(DdlOutcome.Skipped), cancellationToken).ConfigureAwait(false);
            return DdlOutcome.Skipped;
        }

        await WorkAsync(id, index, step, cancellationToken).ConfigureAwait(false);
        return DdlOutcome.Succeeded;
    }

    private Task WorkAsync(Guid id, int index, DdlStep step, CancellationToken cancellationToken) => step.Kind switch
    {
        DdlStepKind.Transaction => new TransactionStep(run).RunAsync(id, index, step, cancellationToken),
        DdlStepKind.Validation => new ValidationStep(run).RunAsync(id, index, step, cancellationToken),
        DdlStepKind.OutsideTransaction => new ConcurrentStep(run).RunAsync(id, index, step, cancellationToken),
        _ => new BackfillStep(run).RunAsync(id, index, step, cancellationToken),
    };

    private async Task<bool> IsDoneAsync(DdlStep step, CancellationToken cancellationToken) =>
        step.Index is { } build && step.Kind == DdlStepKind.OutsideTransaction && step.DoneWhen is null
            ? await IndexLeftovers.IsValidAsync(run.Session.Pinned, build, cancellationToken).ConfigureAwait(false) is true
            : step.DoneWhen is { } query && await Sql.ScalarAsync<bool>(run.Session.Pinned, query, cancellationToken).ConfigureAwait(false);
}
