using PgScale.Backfill.Ledger;
using PgScale.Backfill.Pacing;

namespace PgScale.Backfill.Running;

/// <summary>Where a worker waits between two batches: for its pace, for the signals, and while the backfill is paused.</summary>
internal sealed class RunGate(RunContext run, RunnerSession session, RangeClaim claim)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(5);

    private TimeSpan _pause;
    private TimeSpan _overslept; // timers are late by a millisecond or more, which is much after a short batch
    private RunControl _control = new(BackfillState.Running, run.Entry.Version);
    private int _version = run.Entry.Version;
    private long _touchedAt = run.Time.GetTimestamp();

    internal bool IsOpen => _control.MayWork && !run.Pace.Decision.IsHeld;

    internal string Reason => _control.MayWork ? run.Pace.Decision.Signal : "";

    /// <summary>Notes what a batch has brought.</summary>
    internal void Done(int rows, BatchOutcome outcome, TimeSpan took)
    {
        _control = outcome.Control;
        _pause = run.Pace.Decision.PauseAfter(took, run.Pace.Nice) - _overslept;
        _overslept = TimeSpan.Zero;
        var budget = run.Budget.Spend(rows, run.Pace.Current.MaxRowsPerSecond);
        _pause = budget > _pause ? budget : _pause;
        run.Tally.Add(rows, outcome.Changed);
        run.Report.Batch(rows, took, outcome.Changed);
    }

    /// <summary>Waits until the next batch may start; another state than Running means that none will.</summary>
    internal async Task<BackfillState> PassAsync(CancellationToken cancellationToken)
    {
        await FollowAsync(cancellationToken).ConfigureAwait(false);
        while (_pause > TimeSpan.Zero || !IsOpen)
        {
            if (_control.State is not (BackfillState.Running or BackfillState.Paused))
            {
                return _control.State;
            }

            var wait = _pause > TimeSpan.Zero && _pause < Look ? _pause : Look;
            _pause -= wait;
            await WaitAsync(wait, cancellationToken).ConfigureAwait(false);
        }

        return _control.State;
    }

    /// <summary>Writes a sign of life and counts that no checkpoint has carried.</summary>
    internal async Task TouchAsync(string limitedBy, long visited, long changed, CancellationToken cancellationToken)
    {
        _touchedAt = run.Time.GetTimestamp();
        if (!await BackfillLedger.TouchAsync(session.Connection, run.Name, claim, limitedBy, visited, changed, cancellationToken).ConfigureAwait(false))
        {
            throw new FencedException();
        }
    }

    private async Task WaitAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        var isShort = time < Look && IsOpen;
        var startedAt = run.Time.GetTimestamp();
        await Task.Delay(time, run.Time, cancellationToken).ConfigureAwait(false);
        _overslept = isShort ? run.Time.GetElapsedTime(startedAt) - time : TimeSpan.Zero;
        if (isShort)
        {
            return;
        }

        if (run.Time.GetElapsedTime(_touchedAt) > SignOfLife)
        {
            await TouchAsync(Reason, 0, 0, cancellationToken).ConfigureAwait(false);
        }

        var entry = await BackfillLedger.ReadAsync(session.Connection, run.Name, cancellationToken).ConfigureAwait(false);
        _control = entry is null ? new(BackfillState.Cancelled, 0) : new(entry.State, entry.Version);
        run.Report.State(_control.State);
        await FollowAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        if (_control.Version != _version && await BackfillLedger.ReadAsync(session.Connection, run.Name, cancellationToken).ConfigureAwait(false) is { } entry)
        {
            _version = entry.Version;
            run.Pace.UseLive(PaceText.Read(entry.Pace));
            ControlledBackfillLog.PaceChanged(run.Logger, run.Instance, run.Name, entry.Pace ?? "{}");
        }
    }
}
