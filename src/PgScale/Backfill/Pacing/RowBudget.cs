namespace PgScale.Backfill.Pacing;

/// <summary>Spreads rows over time when there is a limit on rows per second; all workers of a process draw from it.</summary>
internal sealed class RowBudget(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _startedAt = time.GetTimestamp();

    private TimeSpan _paidUntil;

    /// <summary>How long to wait after so many rows.</summary>
    internal TimeSpan Spend(long rows, long? perSecond)
    {
        if (perSecond is not { } rate)
        {
            return TimeSpan.Zero;
        }

        lock (_lock)
        {
            var now = time.GetElapsedTime(_startedAt);
            _paidUntil = (_paidUntil > now ? _paidUntil : now) + TimeSpan.FromSeconds((double)rows / rate);
            return _paidUntil - now;
        }
    }
}
