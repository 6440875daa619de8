using PgScale.Buffering.Holding;

namespace PgScale.Buffering.Flushing;

/// <summary>Nudges the loop when a flush is due by time, and when those who wait for a disk should try again. The loop locks.</summary>
internal sealed class FlushTimer(FlushTriggers triggers, TimeProvider time, Action nudge) : IAsyncDisposable
{
    // As often as the spool asks a full disk.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly ITimer _timer = time.CreateTimer(static nudge => ((Action)nudge!)(), nudge, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    private long _dueAt;
    private long _retryAt;

    internal bool IsDue => _dueAt != 0 && time.GetTimestamp() >= _dueAt;

    /// <summary>A batch was taken: what is left has all its time again.</summary>
    internal void Restart() => _dueAt = 0;

    /// <summary>Sets it for what waits: items for a flush, or, when nothing is held that a flush could make room of, callers for a disk.</summary>
    internal void Set(bool hasPending, bool isBusy, RoomWaiters waiters)
    {
        if (hasPending)
        {
            _retryAt = 0;
            _dueAt = _dueAt == 0 ? At(triggers.NextDelay()) : _dueAt;
            Set(_dueAt, isBusy);
            return;
        }

        _dueAt = 0;
        if (isBusy || !waiters.Any)
        {
            _retryAt = 0;
            return;
        }

        if (_retryAt != 0 && time.GetTimestamp() >= _retryAt)
        {
            waiters.Wake(1); // one who finds room wakes the next
            _retryAt = 0;
        }

        _retryAt = _retryAt == 0 ? At(Pause) : _retryAt;
        Set(_retryAt, isBusy);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private long At(TimeSpan later) => time.GetTimestamp() + (long)(later.TotalSeconds * time.TimestampFrequency);

    // Set again at each turn: timers count whole milliseconds, and one that fired a little early must not be the last. What became due since
    // the loop looked is looked at again at once; a batch under way makes it look when it ends.
    private void Set(long at, bool isBusy)
    {
        var now = time.GetTimestamp();
        if (now < at || !isBusy)
        {
            var left = Math.Max(1, Math.Ceiling(time.GetElapsedTime(now, at).TotalMilliseconds));
            _timer.Change(TimeSpan.FromMilliseconds(left), Timeout.InfiniteTimeSpan);
        }
    }
}
