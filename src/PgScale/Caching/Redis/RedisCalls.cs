namespace PgScale.Caching.Redis;

/// <summary>All commands under way. When the oldest one is late, nobody waits any longer for any of them.</summary>
/// <remarks>
/// One timer for all, armed while something is under way. A timer that itself comes late says that this process was held up, not that
/// Redis was: the answers may lie there unread, so it grants as much time again.
/// </remarks>
internal sealed class RedisCalls : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CacheClock _clock;
    private readonly long _timeout;
    private readonly Action<Exception?> _failed;
    private readonly Action _late;
    private readonly ITimer _timer;

    private RedisCall? _oldest;
    private RedisCall? _newest;
    private long _dueAt;
    private bool _isArmed;

    internal RedisCalls(CacheClock clock, TimeSpan timeout, Action<Exception?> failed, Action late)
    {
        (_clock, _timeout, _failed, _late) = (clock, (long)timeout.TotalMilliseconds, failed, late);
        _timer = clock.Time.CreateTimer(static state => ((RedisCalls)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal Task<Reply<T>> WatchAsync<T>(Task<T> answer)
    {
        if (answer.IsCompletedSuccessfully)
        {
            return Task.FromResult(Reply<T>.Of(answer.Result));
        }

        var call = new RedisCall<T>(this, answer, _clock.Now);
        Add(call);
        call.Start();
        return call.Outcome;
    }

    internal void Failed(Exception? failure) => _failed(failure);

    internal void Remove(RedisCall call)
    {
        lock (_lock)
        {
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
                Arm(_timeout);
            }
        }
    }

    private void Unlink(RedisCall call)
    {
        _ = call.Previous is null ? _oldest = call.Next : call.Previous.Next = call.Next;
        _ = call.Next is null ? _newest = call.Previous : call.Next.Previous = call.Previous;
        (call.Previous, call.Next) = (null, null);
    }

    private void Arm(long milliseconds)
    {
        _isArmed = true;
        _dueAt = _clock.Now + milliseconds;
        _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
    }

    private void Look()
    {
        lock (_lock)
        {
            _isArmed = false;
            if (_oldest is null)
            {
                return;
            }

            var now = _clock.Now;
            var left = _oldest.SentAt + _timeout - now;
            if (now - _dueAt > _timeout / 2 || left > 0)
            {
                Arm(left > 0 ? left : _timeout);
                return;
            }
        }

        _late();
    }
}
