using Npgsql;
using PgScale.Ddl.History;

namespace PgScale.Ddl.Execution;

/// <summary>
/// A step that reads a whole table under locks that let reads and writes pass. It may queue and run for as long as it takes: a limit
/// of the server would make it begin again from nothing.
/// </summary>
internal sealed class ValidationStep(RunContext run)
{
    private const int MostDeadlocks = 5;

    // Without its client the work is lost, so the server shall not go on with it (PostgreSQL 14 and later).
    private const int ChecksClients = 140_000;

    internal async Task RunAsync(Guid id, int index, DdlStep step, CancellationToken cancellationToken)
    {
        var start = run.Time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TryAsync(id, index, step, start, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (PostgresException deadlock) when (deadlock.SqlState == PostgresErrorCodes.DeadlockDetected && attempt < MostDeadlocks)
            {
                run.Report.LockRefused(deadlock.SqlState);
            }

            await Task.Delay(run.Options.LockQueueTime * (1 + Random.Shared.NextDouble()), run.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task TryAsync(Guid id, int index, DdlStep step, long start, CancellationToken cancellationToken)
    {
        var transaction = await run.Session.Pinned.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var ending = transaction.ConfigureAwait(false);
        await PinnedProcess.RequireAsync(run.Session, cancellationToken).ConfigureAwait(false);
        if (run.Session.Version >= ChecksClients)
        {
            await Sql.ExecuteAsync(run.Session.Pinned, "SET LOCAL client_connection_check_interval = '1s'", cancellationToken).ConfigureAwait(false);
        }

        var belt = new SeatBelt(run.Session, run.Options.Policy.LargestPlainTable);
        await belt.FastenAsync(step, cancellationToken).ConfigureAwait(false);
        run.Report.Tell(DdlProgressStage.Running, step.Why);
        foreach (var statement in step.Statements)
        {
            await new LongStatement(run).RunAsync(statement, cancellationToken).ConfigureAwait(false);
        }

        await belt.RequireNoSurpriseAsync(cancellationToken).ConfigureAwait(false);
        var end = new StepEnd(DdlOutcome.Succeeded, TimeSpan.Zero, run.Time.GetElapsedTime(start), run.Report.Blockers);
        await run.History.EndStepAsync(id, index, end, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false); // whoever cancels now learns that it is done
    }
}
