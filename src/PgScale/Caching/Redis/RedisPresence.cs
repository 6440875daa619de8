using PgScale.Caching.Local;
using StackExchange.Redis;

namespace PgScale.Caching.Redis;

/// <summary>This process' standing with Redis: connects, keeps its lease and locks alive, and finds out off everybody's path when Redis is back.</summary>
internal sealed class RedisPresence : IAsyncDisposable
{
    private static readonly TimeSpan ProbePause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ProbePatience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ConnectionPatience = TimeSpan.FromSeconds(5);

    // After an outage processes come back one after the other, and each then makes up for its removals. Values from before are not
    // believed until all had the time. What was shorter was a hiccup, perhaps of this process alone.
    private const long ProbationMilliseconds = 2_000;
    private const long OutageMilliseconds = 1_000;
    private const int RemindersPerTurn = 1_000;

    private readonly RedisLink _link;
    private readonly RedisSession _session;
    private readonly RedisNames _names;
    private readonly Fleet _fleet;
    private readonly RedisLocks _locks;
    private readonly RedisReplay _replay;
    private readonly RedisHeartbeat _heartbeat;
    private readonly LocalLease _lease;
    private readonly CacheClock _clock;
    private readonly RedisWatcher _watcher;
    private readonly TimeSpan _turn;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _firstUsable = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task _running = Task.CompletedTask;
    private Task<RedisResult>? _probe;
    private long _probeSentAt;
    private bool _wasUsable;
    private long _lostAt;
    private long _probationUntil;
    private long _trustedFrom;

    internal RedisPresence(
        RedisLink link, RedisSession session, RedisNames names, Fleet fleet, RedisLocks locks, RedisReplay replay, RedisHeartbeat heartbeat, LocalLease lease, CacheClock clock, TimeSpan turn, RedisWatcher watcher)
    {
        (_link, _session, _names, _fleet, _locks, _replay) = (link, session, names, fleet, locks, replay);
        (_heartbeat, _lease, _clock, _turn, _watcher) = (heartbeat, lease, clock, turn, watcher);
        fleet.Send = Send;
    }

    internal RedisClock Clock => _heartbeat.Clock;

    /// <summary>How long the pause between two turns is: four in a lease, six in the lease of a lock.</summary>
    internal static TimeSpan TurnOf(CacheWithLockingOptions options) =>
        TimeSpan.FromMilliseconds(Math.Min(options.LocalLease.TotalMilliseconds / 4, options.LockLease.TotalMilliseconds / 6));

    /// <summary>Returns when Redis can be used or the patience is over.</summary>
    internal async Task WaitUntilUsableAsync(TimeSpan patience, CancellationToken cancellationToken) =>
        await Task.WhenAny(_firstUsable.Task, Task.Delay(patience, _clock.Time, cancellationToken)).ConfigureAwait(false);

    internal void Begin() => _running = Task.Run(RunAsync, CancellationToken.None);

    /// <summary>The circuit has opened.</summary>
    internal void Lost() => Volatile.Write(ref _lostAt, _clock.Now);

    internal bool IsTrusted(long stamp) => stamp >= Volatile.Read(ref _trustedFrom) || _clock.Now >= Volatile.Read(ref _probationUntil);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _lease.Revoke(_clock.Now); // nobody waits for this process after its goodbye
        if (_session.IsUsable)
        {
            await Quietly(_heartbeat.SayGoodbyeAsync().WaitAsync(ProbePatience, _clock.Time, CancellationToken.None)).ConfigureAwait(false);
        }

        _session.Stop();
        await _link.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static async Task Quietly(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException or ObjectDisposedException)
        {
            // A goodbye that does not arrive is made up for by silence.
        }
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await TurnAsync().ConfigureAwait(false);
                await Task.Delay(_session.IsUsable ? _turn : ProbePause, _clock.Time, _stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                _watcher.TurnFailed(failure);
                await Task.Delay(ProbePatience, _clock.Time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task TurnAsync()
    {
        if (!_link.IsOpen)
        {
            await _link.OpenAsync(_names.Fleet, _names.Process(_fleet.Id), Receive).ConfigureAwait(false);
        }

        if (_session.IsUsable)
        {
            await _heartbeat.BeatAsync().ConfigureAwait(false);
            await _locks.ExtendAsync().ConfigureAwait(false);
            await CatchUpAsync(_link.Database!).ConfigureAwait(false);
        }
        else
        {
            await ProbeAsync().ConfigureAwait(false);
        }
    }

    private async Task CatchUpAsync(IDatabase database)
    {
        await _replay.RemindAsync(database, RemindersPerTurn).ConfigureAwait(false);
        if (_replay.IsPending)
        {
            await _replay.RunAsync(database).ConfigureAwait(false);
        }
    }

    private async Task ProbeAsync()
    {
        if (_probe is null)
        {
            _probeSentAt = _clock.Now;
            _probe = _heartbeat.ProbeAsync();
        }

        if (await Task.WhenAny(_probe, Task.Delay(ProbePatience, _clock.Time, _stopping.Token)).ConfigureAwait(false) != _probe)
        {
            GiveUpWhenHopeless();
            return;
        }

        var probe = _probe;
        _probe = null;
        if (probe.IsCompletedSuccessfully)
        {
            await ReturnAsync(_link.Database!).ConfigureAwait(false);
        }
        else
        {
            _watcher.ProbeFailed(RedisFailure.ReasonToOpen(probe.Exception?.InnerException) ?? "it refuses a heartbeat");
        }
    }

    private void GiveUpWhenHopeless()
    {
        if (_clock.Now - _probeSentAt > ConnectionPatience.TotalMilliseconds)
        {
            _probe = null;
            _link.Drop();
        }
    }

    private async Task ReturnAsync(IDatabase database)
    {
        if (!await _replay.RunAsync(database).ConfigureAwait(false)
            || !await _heartbeat.BeginAsync().ConfigureAwait(false)
            || !await _replay.RemindAsync(database, int.MaxValue).ConfigureAwait(false))
        {
            return;
        }

        BeginProbation();
        _session.AdmitRemovals(); // none is remembered any longer: what came meanwhile is the last to be made up for
        if (!await _replay.RunAsync(database).ConfigureAwait(false))
        {
            _session.Trip("removals could not be made up for");
            return;
        }

        _wasUsable = true;
        _session.Close();
        _watcher.Usable();
        _firstUsable.TrySetResult();
    }

    private void BeginProbation()
    {
        if (_wasUsable && _clock.Now - Volatile.Read(ref _lostAt) >= OutageMilliseconds)
        {
            Volatile.Write(ref _trustedFrom, (_clock.Now - Clock.ToLocal(0)) * 1_000);
            Volatile.Write(ref _probationUntil, _clock.Now + ProbationMilliseconds);
        }
    }

    private void Receive(string message)
    {
        try
        {
            _fleet.Handle(message);
        }
        catch (Exception failure) when (failure is FormatException or ArgumentOutOfRangeException or OverflowException)
        {
            _watcher.MessageRefused();
        }
    }

    private void Send(string process, string message) =>
        _ = _link.Database?.PublishAsync(_names.Process(process), message, CommandFlags.FireAndForget);
}
