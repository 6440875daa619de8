namespace PgScale.Samples.ChatService.Demo.Traffic;

/// <summary>What people saw of one side in one scene. Thread-safe.</summary>
internal sealed class Tally(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _startedAt = time.GetTimestamp();
    private readonly List<TimeSpan> _times = [];

    private long _failed;
    private long _stale;
    private long _checked;
    private TimeSpan _longestWrite;

    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Reads in which people did not see what they had just written.</summary>
    public long Stale => Volatile.Read(ref _stale);

    /// <summary>Reads in which they looked for it.</summary>
    public long Checked => Volatile.Read(ref _checked);

    public int Requests => Under(() => _times.Count);

    public double PerSecond => Requests / time.GetElapsedTime(_startedAt).TotalSeconds;

    /// <summary>The longest time that a write took.</summary>
    public TimeSpan LongestWrite => Under(() => _longestWrite);

    public TimeSpan Longest => Percentile(100);

    /// <summary>The time within which so many of a hundred requests were answered, since they were due.</summary>
    public TimeSpan Percentile(int percent) => Under(() => _times.Count == 0 ? TimeSpan.Zero : _times.Order().ElementAt(Math.Min(_times.Count * percent / 100, _times.Count - 1)));

    public void Add(TimeSpan took, bool isWrite)
    {
        lock (_lock)
        {
            _times.Add(took);
            _longestWrite = isWrite && took > _longestWrite ? took : _longestWrite;
        }
    }

    public void AddFailure() => Interlocked.Increment(ref _failed);

    public void AddCheck(bool isStale)
    {
        Interlocked.Increment(ref _checked);
        Interlocked.Add(ref _stale, isStale ? 1 : 0);
    }

    private T Under<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }
}
