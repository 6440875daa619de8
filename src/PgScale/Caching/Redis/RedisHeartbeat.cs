using PgScale.Caching.Local;
using PgScale.Caching.Tags;
using StackExchange.Redis;

namespace PgScale.Caching.Redis;

/// <summary>The heartbeats of this process: they keep its lease alive, show whether it hears, and tell Redis' time and whose lease lives.</summary>
internal sealed class RedisHeartbeat
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly RedisLink _link;
    private readonly RedisSession _session;
    private readonly RedisNames _names;
    private readonly Fleet _fleet;
    private readonly RedisReplay _replay;
    private readonly LocalLease _lease;
    private readonly TagRegistry _tags;
    private readonly CacheClock _clock;
    private readonly RedisWatcher _watcher;

    private string _epoch = "";

    internal RedisHeartbeat(
        RedisLink link, RedisSession session, RedisNames names, Fleet fleet, RedisReplay replay, LocalLease lease, TagRegistry tags, CacheClock clock, RedisWatcher watcher)
    {
        (_link, _session, _names, _fleet, _replay, _lease, _tags, _clock, _watcher) = (link, session, names, fleet, replay, lease, tags, clock, watcher);
        fleet.Returned = sentAt => _lease.Extend(sentAt, _clock.Now);
        fleet.Knows = () => _lease.IsAlive(_clock.Now);
    }

    internal RedisClock Clock { get; } = new();

    /// <summary>Extends the lease while Redis is used, first making sure that this process hears if it may have missed something.</summary>
    internal async Task BeatAsync()
    {
        if (_lease.IsAlive(_clock.Now) || await CatchUpAsync(SendAsync).ConfigureAwait(false))
        {
            await SendAsync(FleetMessage.Beat).ConfigureAwait(false); // else no lease, but Redis itself is usable
        }
    }

    /// <summary>Gets a lease before Redis is used. False when Redis failed or nothing is heard.</summary>
    internal async Task<bool> BeginAsync()
    {
        if (!await CatchUpAsync(SendRawAsync).ConfigureAwait(false))
        {
            return false;
        }

        var heard = _fleet.NextReturn();
        return await SendRawAsync(FleetMessage.Beat).ConfigureAwait(false) && await InTimeAsync(heard).ConfigureAwait(false);
    }

    /// <summary>A heartbeat without a lease, to find out whether Redis works. Throws what goes wrong.</summary>
    internal Task<RedisResult> ProbeAsync() => EvaluateAsync(FleetMessage.Probe, _clock.Now);

    internal Task SayGoodbyeAsync() => _link.Database!.ScriptEvaluateAsync(
        RedisScripts.Goodbye, [_names.Members], [_fleet.Id, _names.FleetText, FleetMessage.OfGoodbye(_fleet.Id)]);

    /// <summary>
    /// Makes sure that this process hears, then learns what it may not have heard: who else has a lease, and the tag that all entries have.
    /// </summary>
    private async Task<bool> CatchUpAsync(Func<char, Task<bool>> send)
    {
        var gap = _lease.BeginCatchUp();
        var beganAt = _clock.Now;
        var heard = _fleet.NextReturn();
        if (!await send(FleetMessage.Probe).ConfigureAwait(false) || !await InTimeAsync(heard).ConfigureAwait(false))
        {
            return false;
        }

        var before = _tags.AllTag.Record;
        var answer = RedisTags.ReadAsync(_link.Database!, _names, TagRegistry.All);
        if (!await InTimeAsync(answer).ConfigureAwait(false))
        {
            return false;
        }

        _tags.AllTag.Learn(RedisTags.Record(await answer.ConfigureAwait(false)), _lease.Epoch, before);
        _lease.CaughtUp(gap, beganAt);
        return true;
    }

    private async Task<bool> SendAsync(char kind)
    {
        var sentAt = _clock.Now;
        var reply = await _session.EvaluateAsync(RedisScripts.Beat, Keys, Arguments(kind, sentAt)).ConfigureAwait(false);
        if (reply.IsAvailable)
        {
            Learn((RedisResult[])reply.Value!, sentAt);
        }

        return reply.IsAvailable;
    }

    private async Task<bool> SendRawAsync(char kind)
    {
        var sentAt = _clock.Now;
        var answer = EvaluateAsync(kind, sentAt);
        if (!await InTimeAsync(answer).ConfigureAwait(false))
        {
            return false;
        }

        Learn((RedisResult[])(await answer.ConfigureAwait(false))!, sentAt);
        return true;
    }

    private Task<RedisResult> EvaluateAsync(char kind, long sentAt) =>
        _link.Database!.ScriptEvaluateAsync(RedisScripts.Beat, Keys, Arguments(kind, sentAt));

    private RedisKey[] Keys => [_names.Epoch, _names.Members];

    private RedisValue[] Arguments(char kind, long sentAt) =>
    [
        Guid.NewGuid().ToString("N"), _names.FleetText, FleetMessage.OfBeat(kind, _fleet.Id, sentAt, _lease.Length),
        kind == FleetMessage.Beat ? _fleet.Id : "", _lease.Length * 1_000, Fleet.Unknown,
    ];

    private void Learn(RedisResult[] answer, long sentAt)
    {
        var now = (long)answer[0];
        Clock.Learn(now, sentAt);
        for (var index = 2; index + 1 < answer.Length; index += 2)
        {
            _fleet.Learn((string)answer[index]!, ((long)(double)answer[index + 1] - now) / 1_000);
        }

        LearnEpoch((string)answer[1]!);
    }

    // Other data than before: Redis was flushed, or restarted empty. What was removed is not known there any longer.
    private void LearnEpoch(string epoch)
    {
        if (_epoch.Length > 0 && !string.Equals(_epoch, epoch, StringComparison.Ordinal))
        {
            _lease.Revoke(_clock.Now);
            _replay.DataReplaced();
            _watcher.DataReplaced();
        }

        _epoch = epoch;
    }

    private static async Task<bool> InTimeAsync(Task task)
    {
        try
        {
            await task.WaitAsync(Patience).ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure is TimeoutException or RedisException or ObjectDisposedException)
        {
            return false;
        }
    }
}
