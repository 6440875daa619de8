using System.Collections.Immutable;
using PgScale.Backfill.Running;
using PgScale.Cluster;

namespace PgScale.Backfill.Pacing;

/// <summary>Reads all signals of a run again and again, and lets the law decide.</summary>
internal sealed class SignalBoard(RunContext run, ClusterMonitor monitor, PrimarySignals primary, OwnSignals own)
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(10);

    private readonly PaceLaw _law = new();
    private bool _failed;

    /// <summary>One look: asks nobody but the cluster's snapshot and what was read before.</summary>
    internal PaceDecision Look()
    {
        var pace = run.Pace.Current;
        ImmutableArray<SignalReading> readings =
        [
            .. LagSignals.Read(monitor.Current, pace, run.Time),
            .. WindowSignal.Read(pace, run.Time),
            .. ProbeSignal.Read(monitor.Current, pace),
            .. primary.Current,
            .. own.Current,
        ];
        var decision = _law.Look(readings) with { MaxBatchTime = LagSignals.Tightest(monitor.Current, pace) / 4, BatchShare = primary.BatchShare };
        Publish(decision);
        return decision;
    }

    /// <summary>Looks until it is cancelled. Each look has all servers probed, so that the next one sees fresh positions.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        var reading = Task.WhenAll(primary.RunAsync(cancellationToken), own.RunAsync(cancellationToken));
        while (!cancellationToken.IsCancellationRequested)
        {
            Try();
            await Task.Delay(Interval, run.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private TimeSpan Interval
    {
        get
        {
            var interval = run.Options.SignalInterval;
            var quarter = LagSignals.Tightest(monitor.Current, run.Pace.Current) / 4 ?? interval;
            return quarter > interval ? interval : quarter > Least ? quarter : Least;
        }
    }

    // A bad turn, of a logger for instance, must not end the loop: the pace would never change again.
    private void Try()
    {
        try
        {
            monitor.RequestProbe();
            Look();
            _failed = false;
        }
        catch (Exception failure)
        {
            run.Pace.Decision = run.Pace.Decision with { IsHeld = true, Signal = "signals", Text = $"the signals could not be read: {failure.Message}" };
            if (!_failed)
            {
                ControlledBackfillLog.SignalsUnread(run.Logger, failure, run.Instance, run.Name);
            }

            _failed = true;
        }
    }

    private void Publish(PaceDecision decision)
    {
        var before = run.Pace.Decision;
        run.Pace.Decision = decision;
        if (decision.IsHeld && !before.IsHeld)
        {
            ControlledBackfillLog.Held(run.Logger, run.Instance, run.Name, decision.Text);
        }
        else if (before.IsHeld && !decision.IsHeld)
        {
            ControlledBackfillLog.GoesOn(run.Logger, run.Instance, run.Name);
        }
        else if (decision.Signal.Length > 0 && !string.Equals(decision.Signal, before.Signal, StringComparison.Ordinal))
        {
            ControlledBackfillLog.LimitedBy(run.Logger, run.Instance, run.Name, decision.Signal, decision.Text);
        }

        run.Report.Tell();
    }
}
