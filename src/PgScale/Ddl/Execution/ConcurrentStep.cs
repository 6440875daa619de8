using Npgsql;

namespace PgScale.Ddl.Execution;

/// <summary>
/// A <c>CONCURRENTLY</c> statement: outside of any transaction and without limits of the server, since a limit would leave an INVALID
/// index behind. Before each try and after each failure, what earlier ones have left is dropped.
/// </summary>
internal sealed class ConcurrentStep(RunContext run)
{
    private const int MostTries = 5;

    // A failed build must not hold up whoever cancelled it; what stays is dropped by the next run.
    private static readonly TimeSpan CleanUpPatience = TimeSpan.FromSeconds(30);

    private readonly NpgsqlConnection _pinned = run.Session.Pinned;
    private readonly LongStatement _statement = new(run);

    internal async Task RunAsync(Guid id, int index, DdlStep step, CancellationToken cancellationToken)
    {
        await PinnedProcess.RequireAsync(run.Session, cancellationToken).ConfigureAwait(false);
        for (var attempt = 1; ; attempt++)
        {
            await DropLeftoversAsync(step, cancellationToken).ConfigureAwait(false);
            run.Report.Tell(DdlProgressStage.Running, step.Why);
            if (await TryAsync(step, attempt == MostTries, cancellationToken).ConfigureAwait(false))
            {
                break;
            }

            await Task.Delay(run.Options.LookInterval * (1 + Random.Shared.NextDouble()), run.Time, cancellationToken).ConfigureAwait(false);
        }

        // Done is done: a cancelled caller would only make the next run ask for it again.
        await run.History.EndStepAsync(id, index, new(DdlOutcome.Succeeded, Blockers: run.Report.Blockers), CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<bool> TryAsync(DdlStep step, bool isLast, CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync(step.Statements[0], cancellationToken).ConfigureAwait(false);
            await RequireValidAsync(step, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException refused) when (!isLast && refused.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable)
        {
            run.Report.LockRefused(refused.SqlState);
            return false;
        }
        catch
        {
            await CleanUpAsync(step).ConfigureAwait(false);
            throw;
        }
    }

    private async Task ExecuteAsync(string statement, CancellationToken cancellationToken)
    {
        try
        {
            await _statement.RunAsync(statement, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException pending) when (pending.SqlState == PostgresErrorCodes.ObjectNotInPrerequisiteState && PendingDetach.Finish(statement) is { } finish)
        {
            await _statement.RunAsync(finish, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RequireValidAsync(DdlStep step, CancellationToken cancellationToken)
    {
        if (step.Index is { } build && await IndexLeftovers.IsValidAsync(_pinned, build, cancellationToken).ConfigureAwait(false) is not true)
        {
            throw new DdlException(
                DdlFailure.StepFailed,
                $"The index {build.Index} on {build.Table} is missing or INVALID after its build. Look whether another object has its name, and run again.");
        }
    }

    private async Task DropLeftoversAsync(DdlStep step, CancellationToken cancellationToken)
    {
        var start = run.Time.GetTimestamp();
        List<DdlLeftover>? found;
        while ((found = await FindAsync(step, cancellationToken).ConfigureAwait(false)) is null)
        {
            if (run.Time.GetElapsedTime(start) >= run.Options.LockPatience)
            {
                throw new DdlException(
                    DdlFailure.Blocked, $"Another session builds an index on the same table, and did not end within PgScale:Ddl:LockPatience ({run.Options.LockPatience}). Wait for it, and run again.");
            }

            run.Report.Waiting("Another session builds an index on the same table.");
            await Task.Delay(run.Options.LookInterval, run.Time, cancellationToken).ConfigureAwait(false);
        }

        foreach (var leftover in found)
        {
            await _statement.RunAsync(IndexLeftovers.DropStatement(leftover), cancellationToken).ConfigureAwait(false);
            SafeDdlExecutorLog.LeftoverDropped(run.Report.Logger, run.Report.Instance, leftover.Index);
        }
    }

    private async Task<List<DdlLeftover>?> FindAsync(DdlStep step, CancellationToken cancellationToken)
    {
        if (step.Index is { } build)
        {
            return await IndexLeftovers.FindAsync(_pinned, build, cancellationToken).ConfigureAwait(false);
        }

        var all = new List<DdlLeftover>();
        foreach (var one in step.Locks)
        {
            if (await IndexLeftovers.FindRebuildsAsync(_pinned, one.Relation, cancellationToken).ConfigureAwait(false) is not { } found)
            {
                return null;
            }

            all.AddRange(found);
        }

        return all;
    }

    private async Task CleanUpAsync(DdlStep step)
    {
        using var patience = new CancellationTokenSource(CleanUpPatience, run.Time);
        try
        {
            await DropLeftoversAsync(step, patience.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException or DdlException or InvalidOperationException)
        {
            SafeDdlExecutorLog.LeftoverStays(run.Report.Logger, failure, run.Report.Instance);
        }
    }
}
