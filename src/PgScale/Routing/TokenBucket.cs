namespace PgScale.Routing;

/// <summary>A budget that fills by time, by use, or both, and never holds more than its capacity.</summary>
/// <remarks>Lock-free. Amounts are kept in thousandths so that shares of a request can be paid in.</remarks>
internal sealed class TokenBucket
{
    private const double Scale = 1000;

    private readonly TimeProvider _time;
    private readonly long _capacity;
    private readonly double _perTimestamp;

    private long _level;
    private long _filledAt;

    /// <param name="capacity">Most that it holds.</param>
    /// <param name="perSecond">What time pays in; 0 for nothing.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isFull">Whether it is full at first, not empty.</param>
    internal TokenBucket(double capacity, double perSecond, TimeProvider time, bool isFull = true)
    {
        _time = time;
        _capacity = (long)(capacity * Scale);
        _perTimestamp = perSecond * Scale / time.TimestampFrequency;
        _level = isFull ? _capacity : 0;
        _filledAt = time.GetTimestamp();
    }

    internal void Deposit(double amount) => Add((long)(amount * Scale));

    /// <summary>Takes one, if then at least a share of the capacity is left for others.</summary>
    internal bool TryTake(double leave = 0)
    {
        FillByTime();
        var floor = FloorFor(leave);
        for (var level = Volatile.Read(ref _level); level >= floor;)
        {
            var seen = Interlocked.CompareExchange(ref _level, level - (long)Scale, level);
            if (seen == level)
            {
                return true;
            }

            level = seen;
        }

        return false;
    }

    /// <summary>How long until one could be taken, when nobody else takes any; a second when time pays nothing in.</summary>
    internal TimeSpan TimeUntil(double leave = 0)
    {
        var missing = (double)FloorFor(leave) - Volatile.Read(ref _level);
        return missing <= 0 ? TimeSpan.Zero
            : _perTimestamp <= 0 ? TimeSpan.FromSeconds(1)
            : TimeSpan.FromSeconds(missing / _perTimestamp / _time.TimestampFrequency);
    }

    // A bucket that is full gives one to everybody, however small it is.
    private long FloorFor(double leave) => Math.Max((long)Scale, Math.Min(_capacity, (long)((_capacity * leave) + Scale)));

    private void FillByTime()
    {
        if (_perTimestamp <= 0)
        {
            return;
        }

        var now = _time.GetTimestamp();
        var before = Volatile.Read(ref _filledAt);
        var amount = (long)((now - before) * _perTimestamp); // what does not make a whole thousandth stays for the next time
        if (amount > 0 && Interlocked.CompareExchange(ref _filledAt, before + (long)Math.Ceiling(amount / _perTimestamp), before) == before)
        {
            Add(amount);
        }
    }

    private void Add(long amount)
    {
        for (var level = Volatile.Read(ref _level); level < _capacity;)
        {
            var seen = Interlocked.CompareExchange(ref _level, Math.Min(_capacity, level + amount), level);
            if (seen == level)
            {
                return;
            }

            level = seen;
        }
    }
}
