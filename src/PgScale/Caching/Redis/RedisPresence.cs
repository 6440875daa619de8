using System.Globalization;
using PgScale.Caching.Local;
using PgScale.Caching.Tags;
using StackExchange.Redis;

namespace PgScale.Caching.Redis;

/// <summary>This process' standing with Redis: connects, sends heartbeats, extends locks, and finds out off everybody's path when Redis is back.</summary>
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
    private readonly LocalLease _lease;
    private readonly TagRegistry _tags;
    private readonly CacheClock _clock;
    private readonly TimeSpan _tick;
    private readonly TimeSpan _leaseLength;
    private readonly RedisWatcher _watcher;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _firstUsable = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task _running = Task.CompletedTask;
    private Task<RedisResult>? _probe;
    private long _probeSentAt;
    private string _epoch = "";
    private bool _wasUsable;
    private long _lostAt;
    private long _probationUntil;
    private long _trustedFrom;

    internal RedisPresence(
        RedisLink link, RedisSession session, RedisNames names, Fleet fleet, RedisLocks locks, RedisReplay replay, LocalLease lease, TagRegistry tags, CacheClock clock, CacheWithLockingOptions options, RedisWatcher watcher)
    {
        (_link, _session, _names, _fleet, _locks, _replay, _lease, _tags, _clock, _watcher) = (link, session, names, fleet, locks, replay, lease, tags, clock, watcher);
        _leaseLength = options.LocalLease;
        _tick = TimeSpan.FromMilliseconds(Math.Min(options.LocalLease.TotalMilliseconds / 4, options.LockLease.TotalMilliseconds / 6));
        fleet.Send = Send;
        fleet.Returned = sentAt => _lease.Extend(sentAt, _clock.Now);
    }

    internal RedisClock Clock { get; } = new();

    /// <summary>Returns when Redis can be used or the patience is over.</summary>
    internal async Task WaitUntilUsableAsync(TimeSpan patience, CancellationToken cancellationToken) =>
        await Task.WhenAny(_firstUsable.Task, Task.Delay(patience, _clock.Time, cancellationToken)).ConfigureAwait(false);

    internal void Begin() => _running = Task.Run(RunAsync, CancellationToken.None);

    /// <summary>The circuit has opened.</summary>
    internal void Lost() => Volatile.Write(ref _lostAt, _clock.Now);

    internal bool IsTrusted(long stamp) => stamp >= Volatile.Read(ref _trustedFrom) || _clock.Now >= Volatile.Read(ref _probationUntil);

    /// <summary>Waits until a removal has reached every process; it is sent again for one that did not acknowledge it. False when that took too long.</summary>
    internal async Task<bool> WaitAsync(FleetRemoval removal, Func<Task> sendAgain, CancellationToken cancellationToken)
    {
        if (removal.Done.IsCompleted)
        {
            return true;
        }

        var giveUpAt = _clock.Now + (long)(_leaseLength.TotalMilliseconds * 3);
        for (var turn = 1; _clock.Now < giveUpAt && _session.IsUsable; turn++)
        {
            try
            {
                await removal.Done.WaitAsync(_tick, _clock.Time, cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (TimeoutException)
            {
                _fleet.ReleaseLapsed(removal);
                if (!removal.Done.IsCompleted)
                {
                    await sendAgain().ConfigureAwait(false);
                }
            }
        }

        return removal.Done.IsCompleted;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _lease.Revoke(_clock.Now); // nobody waits for this process after its goodbye
        if (_session.IsUsable)
        {
            await Quietly(_link.Database!.PublishAsync(_names.Fleet, FleetMessage.OfGoodbye(_fleet.Id)).WaitAsync(ProbePatience, _clock.Time, CancellationToken.None)).ConfigureAwait(false);
        }

        _session.Stop();
        await _link.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    internal static TagRecord ReadTag(RedisValue value)
    {
        var text = (string?)value;
        return text is not null && text.Length >= FleetMessage.NumberLength
            && long.TryParse(text.AsSpan(0, FleetMessage.NumberLength), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? new(version, TokenText.Read(text.AsSpan(FleetMessage.NumberLength)))
            : TagRecord.Never;
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
                await Task.Delay(_session.IsUsable ? _tick : ProbePause, _clock.Time, _stopping.Token).ConfigureAwait(false);
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
            await BeatAsync().ConfigureAwait(false);
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

    private async Task BeatAsync()
    {
        if (!_lease.IsAlive(_clock.Now) && !await ListenAsync(SendAsync).ConfigureAwait(false))
        {
            return; // hears nothing: no lease, but Redis itself is usable
        }

        await SendAsync(FleetMessage.Beat).ConfigureAwait(false);
    }

    /// <summary>Makes sure that this process hears, then catches up on what it may not have heard: the tag that all entries have.</summary>
    private async Task<bool> ListenAsync(Func<char, Task<bool>> send)
    {
        var heard = _fleet.NextReturn();
        if (!await send(FleetMessage.Probe).ConfigureAwait(false) || !await InTimeAsync(heard).ConfigureAwait(false))
        {
            return false;
        }

        var before = _tags.AllTag.Record;
        var answer = _link.Database!.StringGetAsync(_names.Tag(TagRegistry.All));
        if (!await InTimeAsync(answer).ConfigureAwait(false))
        {
            return false;
        }

        _tags.AllTag.Learn(ReadTag(await answer.ConfigureAwait(false)), _lease.Epoch, before);
        return true;
    }

    private async Task<bool> SendAsync(char kind)
    {
        var sentAt = _clock.Now;
        var reply = await _session.EvaluateAsync(RedisScripts.Beat, [_names.Epoch], BeatArguments(kind, sentAt)).ConfigureAwait(false);
        if (reply.IsAvailable)
        {
            Learn((RedisResult[])reply.Value!, sentAt);
        }

        return reply.IsAvailable;
    }

    private async Task<bool> SendRawAsync(char kind)
    {
        var sentAt = _clock.Now;
        var answer = _link.Database!.ScriptEvaluateAsync(RedisScripts.Beat, [_names.Epoch], BeatArguments(kind, sentAt));
        if (!await InTimeAsync(answer).ConfigureAwait(false))
        {
            return false;
        }

        Learn((RedisResult[])(await answer.ConfigureAwait(false))!, sentAt);
        return true;
    }

    private RedisValue[] BeatArguments(char kind, long sentAt) =>
        [Guid.NewGuid().ToString("N"), _names.FleetText, FleetMessage.OfBeat(kind, _fleet.Id, sentAt)];

    // Other data than before: Redis was flushed, or restarted empty. What was removed is not known there any longer.
    private void Learn(RedisResult[] answer, long sentAt)
    {
        Clock.Learn((long)answer[0], sentAt);
        var epoch = (string)answer[1]!;
        if (_epoch.Length > 0 && !string.Equals(_epoch, epoch, StringComparison.Ordinal))
        {
            _lease.Revoke(_clock.Now);
            _replay.DataReplaced();
            _watcher.DataReplaced();
        }

        _epoch = epoch;
    }

    private async Task ProbeAsync()
    {
        if (_probe is null)
        {
            _probeSentAt = _clock.Now;
            _probe = _link.Database!.ScriptEvaluateAsync(RedisScripts.Beat, [_names.Epoch], BeatArguments(FleetMessage.Probe, _probeSentAt));
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
            await ReturnAsync().ConfigureAwait(false);
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

    private async Task ReturnAsync()
    {
        if (!await _replay.RunAsync(_link.Database!).ConfigureAwait(false)
            || !await ListenAsync(SendRawAsync).ConfigureAwait(false))
        {
            return;
        }

        var heard = _fleet.NextReturn();
        if (!await SendRawAsync(FleetMessage.Beat).ConfigureAwait(false) || !await InTimeAsync(heard).ConfigureAwait(false)
            || !await _replay.RemindAsync(_link.Database!, int.MaxValue).ConfigureAwait(false))
        {
            return;
        }

        if (_wasUsable && _clock.Now - Volatile.Read(ref _lostAt) >= OutageMilliseconds)
        {
            Volatile.Write(ref _trustedFrom, (_clock.Now - Clock.ToLocal(0)) * 1_000);
            Volatile.Write(ref _probationUntil, _clock.Now + ProbationMilliseconds);
        }

        _session.AdmitRemovals(); // none is remembered any longer: what came meanwhile is the last to be made up for
        if (!await _replay.RunAsync(_link.Database!).ConfigureAwait(false))
        {
            _session.Trip("removals could not be made up for");
            return;
        }

        _wasUsable = true;
        _session.Close();
        _watcher.Usable();
        _firstUsable.TrySetResult();
    }

    private static async Task<bool> InTimeAsync(Task task)
    {
        try
        {
            await task.WaitAsync(ProbePatience + ProbePatience).ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure is TimeoutException or RedisException or ObjectDisposedException)
        {
            return false;
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
