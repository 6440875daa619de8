using System.Globalization;
using System.Text;
using Npgsql;

namespace PgScale.Ddl.Execution;

/// <summary>
/// A step in a transaction of its own whose locks stop others: look, queue for an instant, do the work, look at what was done, write it
/// down, commit. Whatever stands in the way, nobody waits longer than the time in the queue.
/// </summary>
internal sealed class TransactionStep(RunContext run)
{
    private readonly NpgsqlConnection _pinned = run.Session.Pinned;

    internal async Task RunAsync(Guid id, int index, DdlStep step, CancellationToken cancellationToken)
    {
        var wait = new LockWait(run.Lookout, run.GiveWay, run.Report, run.Options, run.Time);
        while (true)
        {
            var targets = await LockTarget.FindAsync(_pinned, step.Locks, cancellationToken).ConfigureAwait(false);
            await wait.UntilClearAsync(targets, cancellationToken).ConfigureAwait(false);
            if (await TryAsync(id, index, step, targets, wait, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            await wait.AfterRefusalAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> TryAsync(Guid id, int index, DdlStep step, List<LockTarget> targets, LockWait wait, CancellationToken cancellationToken)
    {
        run.Report.Tell(DdlProgressStage.Running, step.Why); // now: nobody else's code runs while locks are held
        var transaction = await _pinned.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var ending = transaction.ConfigureAwait(false);
        await PinnedProcess.RequireAsync(run.Session, cancellationToken).ConfigureAwait(false);
        var belt = new SeatBelt(run.Session, run.Options.Policy.LargestPlainTable);
        await belt.FastenAsync(step, cancellationToken).ConfigureAwait(false);
        var start = run.Time.GetTimestamp();
        if (!await LockAsync(targets, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        var waited = wait.Elapsed;
        if (!await WorkAsync(step, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        await belt.RequireNoSurpriseAsync(cancellationToken).ConfigureAwait(false);
        var held = run.Time.GetElapsedTime(start);
        await run.History.EndStepAsync(id, index, new(DdlOutcome.Succeeded, waited, held, run.Report.Blockers), cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false); // whoever cancels now learns that it is done
        run.Report.Metrics.Attempted("taken");
        run.Report.Metrics.Locked(waited, run.Time.GetElapsedTime(start));
        return true;
    }

    // All locks first, in one statement and in the order of their oids: statement_timeout bounds it as a whole, lock_timeout only each.
    private async Task<bool> LockAsync(List<LockTarget> targets, CancellationToken cancellationToken)
    {
        try
        {
            await LimitAsync(run.Options.LockQueueTime, cancellationToken).ConfigureAwait(false);
            var locks = targets.Where(target => target.CanLock && target.Mode > DdlLockMode.RowExclusive).ToList();
            if (locks.Count > 0)
            {
                await Sql.ExecuteAsync(_pinned, LockStatement(locks), cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        catch (PostgresException refused) when (IsLockRefused(refused) || (refused.SqlState == PostgresErrorCodes.QueryCanceled && !cancellationToken.IsCancellationRequested))
        {
            run.Report.LockRefused(refused.SqlState);
            return false;
        }
    }

    private async Task<bool> WorkAsync(DdlStep step, CancellationToken cancellationToken)
    {
        try
        {
            await LimitAsync(run.Options.StepTimeout, cancellationToken).ConfigureAwait(false);
            foreach (var statement in step.Statements)
            {
                await Sql.ExecuteAsync(_pinned, statement, cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        catch (PostgresException refused) when (IsLockRefused(refused))
        {
            run.Report.LockRefused(refused.SqlState);
            return false;
        }
        catch (PostgresException slow) when (slow.SqlState == PostgresErrorCodes.QueryCanceled && !cancellationToken.IsCancellationRequested)
        {
            throw new DdlException(
                DdlFailure.StepFailed,
                $"The step was stopped by statement_timeout: it held its locks for longer than PgScale:Ddl:StepTimeout ({run.Options.StepTimeout}), and was rolled back. It does more than its plan says, or the server is overloaded.",
                slow);
        }
    }

    private Task LimitAsync(TimeSpan statement, CancellationToken cancellationToken)
    {
        var (queue, longest) = (Milliseconds(run.Options.LockQueueTime), Milliseconds(statement));
        return Sql.ExecuteAsync(_pinned, $"SET LOCAL lock_timeout = {queue}; SET LOCAL statement_timeout = {longest}", cancellationToken);
    }

    private static string LockStatement(List<LockTarget> targets)
    {
        var locks = targets.GroupBy(target => target.Relation).Select(same => same.MaxBy(target => target.Mode)!).ToList();
        if (locks.TrueForAll(target => target.Mode == locks[0].Mode))
        {
            return $"LOCK TABLE ONLY {string.Join(", ONLY ", locks.Select(target => target.Name))} IN {LockConflicts.Words(locks[0].Mode)} MODE";
        }

        var tag = $"$l{Guid.NewGuid():N}$"; // a name may hold any other tag
        var block = new StringBuilder("DO ").Append(tag).Append(" BEGIN ");
        foreach (var target in locks)
        {
            block.Append(CultureInfo.InvariantCulture, $"LOCK TABLE ONLY {target.Name} IN {LockConflicts.Words(target.Mode)} MODE; ");
        }

        return block.Append("END ").Append(tag).ToString();
    }

    private static bool IsLockRefused(PostgresException refused) =>
        refused.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected;

    private static string Milliseconds(TimeSpan time) => ((long)Math.Ceiling(time.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture);
}
