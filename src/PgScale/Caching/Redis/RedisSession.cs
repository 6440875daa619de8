using StackExchange.Redis;

namespace PgScale.Caching.Redis;

/// <summary>Sends commands while Redis can be used, and closes off Redis for all at the first evidence that it cannot.</summary>
internal sealed class RedisSession : IDisposable
{
    private readonly RedisLink _link;
    private readonly RedisCalls _calls;
    private readonly KeySignals _signals;
    private readonly Action<string> _opened;

    private volatile bool _isUsable;
    private volatile bool _admitsRemovals;

    internal RedisSession(RedisLink link, KeySignals signals, CacheClock clock, TimeSpan timeout, Action<string> opened)
    {
        (_link, _signals, _opened) = (link, signals, opened);
        _calls = new(clock, timeout, Failed, () => Trip($"it did not answer within {timeout.TotalMilliseconds:0} ms"));
    }

    internal bool IsUsable => _isUsable;

    /// <summary>Whether removals are sent: a little before all else, so that none is left over when the circuit closes.</summary>
    internal bool AdmitsRemovals => _isUsable || _admitsRemovals;

    internal void AdmitRemovals() => _admitsRemovals = true;

    internal void Close() => _isUsable = true;

    /// <summary>Opens the circuit: whoever waits for Redis goes on without it at once.</summary>
    internal void Trip(string reason)
    {
        var wasUsable = _isUsable;
        _isUsable = _admitsRemovals = false;
        _calls.AbandonAll();
        _signals.TellAll(KeySignal.Lost);
        if (wasUsable)
        {
            _opened(reason);
        }
    }

    /// <summary>The cache is closed: the same as an outage for who still waits, but nothing to report.</summary>
    internal void Stop()
    {
        _isUsable = _admitsRemovals = false;
        _calls.AbandonAll();
        _signals.TellAll(KeySignal.Lost);
    }

    internal Task<Reply<byte[]?>> GetAsync(RedisKey key) =>
        Begin(out var database) ? _calls.WatchAsync(database.StringGetAsync(key), static value => (byte[]?)value) : Unavailable<byte[]?>();

    internal Task<Reply<RedisValue[]>> GetAsync(RedisKey[] keys) =>
        Begin(out var database) ? _calls.WatchAsync(database.StringGetAsync(keys), static values => values) : Unavailable<RedisValue[]>();

    internal Task<Reply<long>> PublishAsync(RedisChannel channel, string message) =>
        Begin(out var database) ? _calls.WatchAsync(database.PublishAsync(channel, message), static heard => heard) : Unavailable<long>();

    /// <summary>Runs a script; one that Redis has forgotten is sent again.</summary>
    /// <param name="script">The script.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="late">Called with an answer that came when nobody waited for it any longer.</param>
    /// <param name="isRemoval">Whether it is sent as soon as removals are.</param>
    internal async Task<Reply<RedisResult>> EvaluateAsync(
        string script, RedisKey[] keys, RedisValue[] arguments, Action<RedisResult>? late = null, bool isRemoval = false)
    {
        for (var attempt = 0; Begin(out var database, isRemoval); attempt++)
        {
            var answer = database.ScriptEvaluateAsync(script, keys, arguments);
            var reply = await _calls.WatchAsync(answer, static result => result).ConfigureAwait(false);
            if (reply.IsAvailable)
            {
                return reply;
            }

            if (!answer.IsFaulted || !RedisFailure.IsForgottenScript(answer.Exception!.InnerException) || attempt > 0)
            {
                Follow(answer, late);
                return default;
            }
        }

        return default;
    }

    /// <summary>Sends a script also while the circuit is open, and does not wait for it.</summary>
    internal void Send(string script, RedisKey[] keys, RedisValue[] arguments)
    {
        try
        {
            _ = _link.Database?.ScriptEvaluateAsync(script, keys, arguments, CommandFlags.FireAndForget);
        }
        catch (Exception failure) when (failure is RedisException or ObjectDisposedException)
        {
            // What it is for heals by itself, only later.
        }
    }

    public void Dispose()
    {
        _isUsable = false;
        _calls.AbandonAll();
        _calls.Dispose();
    }

    private static Task<Reply<T>> Unavailable<T>() => Task.FromResult(default(Reply<T>));

    private static void Follow(Task<RedisResult> answer, Action<RedisResult>? late) => _ = answer.ContinueWith(
        static (task, state) =>
        {
            if (task.IsCompletedSuccessfully)
            {
                ((Action<RedisResult>?)state)?.Invoke(task.Result);
            }
            else
            {
                _ = task.Exception; // seen
            }
        },
        late,
        CancellationToken.None,
        TaskContinuationOptions.None,
        TaskScheduler.Default);

    private bool Begin([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IDatabase? database, bool isRemoval = false)
    {
        database = _link.Database;
        return (_isUsable || (isRemoval && _admitsRemovals)) && database is not null;
    }

    private void Failed(Exception? failure)
    {
        if (RedisFailure.ReasonToOpen(failure) is { } reason)
        {
            Trip(reason);
        }
    }
}
