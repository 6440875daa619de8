using PgScale.Backfill.Ledger;
using PgScale.Backfill.Pacing;
using PgScale.Cluster;

namespace PgScale.Backfill.Running;

/// <summary>One run in this process: its workers, its signals, and what happens when the server goes away.</summary>
internal sealed class BackfillRun(RunContext run, ClusterMonitor monitor, NodeConnections connections)
{
    private static readonly TimeSpan LookForRange = TimeSpan.FromMilliseconds(500);

    internal string Name => run.Name;

    internal BackfillProgress Progress => run.Report.Read();

    /// <summary>Time since a batch was committed.</summary>
    internal TimeSpan Idle => run.Time.GetElapsedTime(run.Report.BatchAt);

    /// <summary>Works until nothing is left, or until the backfill is not wanted any more.</summary>
    internal async Task<BackfillState> RunAsync(int workers, bool joins, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var board = new SignalBoard(run, monitor, new(run, monitor, connections), new(run.Signals, run.Time));
        board.Look();
        var signals = Task.Run(() => board.RunAsync(stopping.Token), CancellationToken.None);
        var critical = Task.Run(() => WatchCriticalAsync(stopping.Token), CancellationToken.None);
        try
        {
            var states = await WorkAsync(workers, joins, stopping).ConfigureAwait(false);
            return states.FirstOrDefault(state => state != BackfillState.Completed, BackfillState.Completed);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or BackfillRefusedException or LedgerLostException))
        {
            await FailAsync(failure).ConfigureAwait(false);
            throw;
        }
        finally
        {
            await stopping.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(signals, critical).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<BackfillState[]> WorkAsync(int workers, bool joins, CancellationTokenSource stopping)
    {
        // The first failure stops the others at their next batch.
        var tasks = Enumerable.Range(0, workers).Select(async number =>
        {
            try
            {
                return await WorkAsync(joins || number > 0, stopping.Token).ConfigureAwait(false);
            }
            catch
            {
                await stopping.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }).ToArray();
        try
        {
            return await Task.WhenAll(tasks).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Array.Find(tasks, task => task.IsFaulted) is { } failed)
        {
            return [await failed.ConfigureAwait(false)];
        }
    }

    private Task<BackfillState> WorkAsync(bool joins, CancellationToken cancellationToken)
    {
        var hasWorked = false;
        return new ServerPatience(monitor, run.Options, run.Logger, run.Time).TryAsync(
            async () =>
            {
                var session = await RunnerSession.OpenAsync(connections, await FindPrimaryAsync(cancellationToken).ConfigureAwait(false), run.Options, cancellationToken).ConfigureAwait(false);
                await using var disposing = session.ConfigureAwait(false);
                using var registered = new WorkerPid(run, session.Connection.ProcessID);
                return await new RangeQueue(run, monitor, session, joins, LookForRange, () => hasWorked = true).RunAsync(cancellationToken).ConfigureAwait(false);
            },
            Name,
            cancellationToken,
            () =>
            {
                joins |= hasWorked; // the lock that is held may be our own old one, which the server has not noticed yet
                return Interlocked.Exchange(ref hasWorked, false);
            });
    }

    private async Task<NodeState> FindPrimaryAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(run.Options.FailoverTimeout, run.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return (await monitor.WaitForAsync(static snapshot => snapshot.Primary is not null, linked.Token).ConfigureAwait(false)).Primary!;
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PrimaryUnavailableException(monitor.Current.PrimaryProblem, late);
        }
    }

    private async Task WatchCriticalAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(LookForRange, run.Time, cancellationToken).ConfigureAwait(false);
            if (run.Pace.Decision is { IsCritical: true } decision)
            {
                await PauseItselfAsync(decision.Text, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task PauseItselfAsync(string reason, CancellationToken cancellationToken)
    {
        var connection = await connections.OpenAsync(monitor.Current.GetPrimary(), RunnerSession.Profile(run.Options.Tier), cancellationToken).ConfigureAwait(false);
        await using var disposing = connection.ConfigureAwait(false);
        if (await BackfillLedger.SetStateAsync(connection, run.Name, BackfillState.Paused, reason, cancellationToken, BackfillState.Running).ConfigureAwait(false))
        {
            ControlledBackfillLog.PausedItself(run.Logger, run.Instance, run.Name, reason);
        }
    }

    private async Task FailAsync(Exception failure)
    {
        ControlledBackfillLog.Failed(run.Logger, failure, run.Instance, run.Name);
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), run.Time);
            var connection = await connections.OpenAsync(monitor.Current.GetPrimary(), RunnerSession.Profile(run.Options.Tier), patience.Token).ConfigureAwait(false);
            await using var disposing = connection.ConfigureAwait(false);
            await BackfillLedger.SetStateAsync(connection, run.Name, BackfillState.Failed, failure.Message, patience.Token, BackfillState.Running).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The failure itself is what the caller must see.
        }
    }
}
