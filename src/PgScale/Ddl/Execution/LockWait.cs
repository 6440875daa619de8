namespace PgScale.Ddl.Execution;

/// <summary>Waits, without being in any queue, until nobody old is in the way of a step's locks.</summary>
internal sealed class LockWait(Lookout lookout, GiveWay giveWay, DdlReport report, SafeDdlExecutorOptions options, TimeProvider time)
{
    private const int LooksPerTolerance = 8;
    private const double ToleranceGrowth = 1.5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MostTolerance = TimeSpan.FromSeconds(1);

    private readonly long _start = time.GetTimestamp();
    private readonly Backoff _backoff = new(FirstPause, options.LookInterval, time);

    private int _looks;

    internal TimeSpan Elapsed => time.GetElapsedTime(_start);

    /// <summary>
    /// What counts as old. Where there are many short transactions and few processors somebody is always a little older than the
    /// option says, so it grows slowly; a try in vain costs others no more than the time in the queue.
    /// </summary>
    private TimeSpan Tolerance
    {
        get
        {
            var grown = options.OldTransaction * Math.Pow(ToleranceGrowth, Math.Min(_looks / LooksPerTolerance, 32));
            return grown < MostTolerance || options.OldTransaction > MostTolerance ? TimeSpan.FromTicks(Math.Max(options.OldTransaction.Ticks, grown.Ticks)) : MostTolerance;
        }
    }

    /// <summary>Looks until it is clear.</summary>
    /// <exception cref="DdlException">It did not become clear within the patience, or the policy says to report.</exception>
    internal async Task UntilClearAsync(IReadOnlyList<LockTarget> targets, CancellationToken cancellationToken)
    {
        if (targets.Count == 0)
        {
            return;
        }

        while (true)
        {
            var look = await lookout.LookAsync(targets, cancellationToken).ConfigureAwait(false);
            if (look.IsClear(Tolerance))
            {
                return;
            }

            _looks++;
            report.Waiting(look);
            await giveWay.AskAsync(look, mayQueue: true, cancellationToken).ConfigureAwait(false);
            ThrowIfTooLong(look.Blockers, look.Problem);
            await _backoff.PauseAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A pause after a try in vain: several times as long as the try has held others up.</summary>
    internal async Task AfterRefusalAsync(CancellationToken cancellationToken)
    {
        ThrowIfTooLong([], null);
        await Task.Delay(options.LockQueueTime * (2 + (2 * Random.Shared.NextDouble())), time, cancellationToken).ConfigureAwait(false);
    }

    private void ThrowIfTooLong(IReadOnlyList<DdlBlocker> blockers, string? problem)
    {
        if (Elapsed < options.LockPatience)
        {
            return;
        }

        var who = problem ?? (blockers.Count == 0 ? "others took the locks first each time" : string.Join("; ", blockers));
        throw new DdlException(
            DdlFailure.Blocked,
            $"The locks were not to be had within PgScale:Ddl:LockPatience ({options.LockPatience}): {who}. Run again when they are gone, or let the policy's Blockers cancel them.")
        {
            Blockers = blockers.Count > 0 ? blockers : report.Blockers,
        };
    }
}
