namespace PgScale.Caching.Local;

/// <summary>Until when this process may trust its own memory without asking Redis.</summary>
/// <remarks>
/// Leases: Gray and Cheriton, SOSP 1989. A lease is extended by a heartbeat of this process that came back through Redis behind every
/// removal published before it, and counts from when that heartbeat was sent. Once it has run out a removal may have been missed: only a
/// heartbeat that was sent after this process has caught up extends it again, which begins a new epoch, and entries of an earlier one
/// are looked up in Redis again.
/// </remarks>
internal sealed class LocalLease
{
    private readonly Lock _lock = new();

    private long _until;
    private long _caughtUpAt = -1;
    private int _gaps;
    private int _epoch;

    private LocalLease(long length, long until) => (Length, _until) = (length, until);

    internal int Epoch => Volatile.Read(ref _epoch);

    /// <summary>In milliseconds.</summary>
    internal long Length { get; }

    /// <summary>Until when it holds, or held, by <see cref="CacheClock"/>.</summary>
    internal long Until => Volatile.Read(ref _until);

    /// <summary>For a process that shares with nobody.</summary>
    internal static LocalLease Endless() => new(0, long.MaxValue);

    internal static LocalLease Of(TimeSpan length) => new((long)length.TotalMilliseconds, until: 0);

    // The end is read first: an end that was set after a gap is never seen with the epoch before it.
    internal bool Covers(int epoch, long now) => now < Volatile.Read(ref _until) && epoch == Volatile.Read(ref _epoch);

    internal bool IsAlive(long now) => now < Volatile.Read(ref _until);

    /// <summary>Before anything is asked that may have been missed; what it gives goes to <see cref="CaughtUp"/>.</summary>
    internal int BeginCatchUp()
    {
        lock (_lock)
        {
            return _gaps;
        }
    }

    /// <summary>All that may have been missed is known, unless there was another gap since.</summary>
    internal void CaughtUp(int gap, long beganAt)
    {
        lock (_lock)
        {
            _caughtUpAt = gap == _gaps ? beganAt : _caughtUpAt;
        }
    }

    /// <summary>A heartbeat came back.</summary>
    internal void Extend(long sentAt, long now)
    {
        lock (_lock)
        {
            if (now >= _until)
            {
                if (_caughtUpAt < _until || sentAt < _caughtUpAt)
                {
                    return; // sent before the gap, or before it was made up for
                }

                Volatile.Write(ref _epoch, _epoch + 1);
            }

            Volatile.Write(ref _until, Math.Max(_until, sentAt + Length));
        }
    }

    /// <summary>Something may have been missed: nothing in memory is trusted before this process has caught up.</summary>
    internal void Revoke(long now)
    {
        lock (_lock)
        {
            _gaps++;
            _caughtUpAt = -1;
            Volatile.Write(ref _until, Math.Min(_until, now));
        }
    }
}
