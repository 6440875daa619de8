namespace PgScale.Caching.Redis;

/// <summary>All commands under way. When the oldest one is late, nobody waits any longer for any of them.</summary>
/// <remarks>
/// One timer for all, armed while something is under way. It looks twice, at three quarters of the time and at its end. When it comes late
/// itself, this process was held up and not Redis: the answers may lie there unread, so as much time is granted again. While other answers
/// arrive Redis is slow and not silent; then the oldest call has three times the time.
/// </remarks>
internal sealed class RedisCalls : IDisposable
{
    private const int MostTimesWhileHeard = 3;

    private readonly Lock _lock = new();
    private readonly CacheClock _clock;
    private readonly long _timeout;
    private readonly Action<Exception?> _failed;
    private readonly Action _late;
    private readonly ITimer _timer;

    private RedisCall? _oldest;
    private RedisCall? _newest;
    private long _dueAt;
    private long _heardAt = long.MinValue / 2;
    private bool _isArmed;
    private bool _isSecondLook;

    internal RedisCalls(CacheClock clock, TimeSpan timeout, Action<Exception?> failed, Action late)
    {
        (_clock, _timeout, _failed, _late) = (clock, (long)timeout.TotalMilliseconds, failed, late);
        _timer = clock.Time.CreateTimer(static state => ((RedisCalls)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal Task<Reply<T>> WatchAsync<TAnswer, T>(Task<TAnswer> answer, Func<TAnswer, T> read)
    {
        if (answer.IsCompletedSuccessfully)
        {
            return Task.FromResult(Reply<T>.Of(read(answer.Result)));
        }

        var call = new WatchedCall<TAnswer, T>(this, answer, read, _clock.Now);
        Add(call);
        call.Start();
        return call.Outcome;
    }

    internal void Failed(Exception? failure) => _failed(failure);

    /// <summary>A call was answered, in time or not.</summary>
    internal void Remove(RedisCall call)
    {
        lock (_lock)
        {
            _heardAt = _clock.Now;
            if (call.Previous is null && call.Next is null && _oldest != call)
            {
                return; // abandoned before
            }

            Unlink(call);
        }
    }

    /// <summary>Everybody goes on without an answer.</summary>
    internal void AbandonAll()
    {
        List<RedisCall> abandoned = [];
        lock (_lock)
        {
            while (_oldest is { } call)
            {
                Unlink(call);
                abandoned.Add(call);
            }
        }

        abandoned.ForEach(static call => call.Abandon());
    }

    public void Dispose() => _timer.Dispose();

    private void Add(RedisCall call)
    {
        lock (_lock)
        {
            call.Previous = _newest;
            _ = _newest is null ? _oldest = call : _newest.Next = call;
            _newest = call;
            if (!_isArmed)
            {
                Arm(FirstLook, isSecondLook: false);
            }
        }
    }

    private void Unlink(RedisCall call)
    {
        _ = call.Previous is null ? _oldest = call.Next : call.Previous.Next = call.Next;
        _ = call.Next is null ? _newest = call.Previous : call.Next.Previous = call.Previous;
        (call.Previous, call.Next) = (null, null);
    }

    private long FirstLook => _timeout - (_timeout / 4);

    private void Arm(long milliseconds, bool isSecondLook)
    {
        (_isArmed, _isSecondLook) = (true, isSecondLook);
        _dueAt = _clock.Now + milliseconds;
        _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
    }

    private void Look()
    {
        lock (_lock)
        {
            _isArmed = false;
            if (_oldest is null || !IsLate(_clock.Now, _clock.Now - _oldest.SentAt))
            {
                return;
            }
        }

        _late();
    }

    private bool IsLate(long now, long waited)
    {
        if (now - _dueAt > _timeout / 4)
        {
            Arm(FirstLook, isSecondLook: false);
        }
        else if (waited < FirstLook)
        {
            Arm(FirstLook - waited, isSecondLook: false);
        }
        else if (!_isSecondLook || waited < _timeout)
        {
            Arm(Math.Max(_timeout - waited, _timeout / 4), isSecondLook: true);
        }
        else if (now - _heardAt < _timeout && waited < _timeout * MostTimesWhileHeard)
        {
            Arm(_timeout / 4, isSecondLook: true);
        }

        return !_isArmed;
    }
}
