namespace PgScale.Caching.Local;

/// <summary>Until when this process may trust its own memory without asking Redis.</summary>
/// <remarks>
/// Leases: Gray and Cheriton, SOSP 1989. A lease is extended by a heartbeat of this process that came back through Redis behind every
/// removal published before it, and counts from when that heartbeat was sent. Once it has run out a removal may have been missed, so
/// the next extension begins a new epoch, and entries of an earlier one are looked up in Redis again.
/// </remarks>
internal sealed class LocalLease
{
    private readonly Lock _lock = new();
    private readonly long _length;

    private long _until;
    private int _epoch;

    private LocalLease(long length, long until) => (_length, _until) = (length, until);

    internal int Epoch => Volatile.Read(ref _epoch);

    /// <summary>Until when it holds, or held, by <see cref="CacheClock"/>.</summary>
    internal long Until => Volatile.Read(ref _until);

    /// <summary>For a process that shares with nobody.</summary>
    internal static LocalLease Endless() => new(0, long.MaxValue);

    internal static LocalLease Of(TimeSpan length) => new((long)length.TotalMilliseconds, until: 0);

    // The end is read first: an end that was set after a gap is never seen with the epoch before it.
    internal bool Covers(int epoch, long now) => now < Volatile.Read(ref _until) && epoch == Volatile.Read(ref _epoch);

    internal bool IsAlive(long now) => now < Volatile.Read(ref _until);

    /// <summary>A heartbeat came back.</summary>
    internal void Extend(long sentAt, long now)
    {
        lock (_lock)
        {
            if (now >= _until)
            {
                Volatile.Write(ref _epoch, _epoch + 1);
            }

            Volatile.Write(ref _until, Math.Max(_until, sentAt + _length));
        }
    }

    /// <summary>Something may have been missed: nothing in memory is trusted before the next heartbeat.</summary>
    internal void Revoke(long now)
    {
        lock (_lock)
        {
            Volatile.Write(ref _until, Math.Min(_until, now));
        }
    }
}
