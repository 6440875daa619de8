using PgScale.Caching.Tags;
using PgScale.Cluster;
using StackExchange.Redis;

namespace PgScale.Caching.Redis;

/// <summary>The second level: what loads, removals and reads ask of Redis. Nothing here throws because of Redis, and nothing waits long.</summary>
internal sealed class RedisTier : IAsyncDisposable
{
    private const int MaxAttempts = 3;

    private readonly RedisNames _names;
    private readonly RedisSession _session;
    private readonly RedisPresence _presence;
    private readonly RemovalWait _wait;
    private readonly Fleet _fleet;
    private readonly RedisLocks _locks;
    private readonly RememberedRemovals _remembered;
    private readonly CacheWithLockingOptions _options;

    internal RedisTier(RedisNames names, RedisSession session, RedisPresence presence, RemovalWait wait, Fleet fleet, RedisLocks locks, RememberedRemovals remembered, KeySignals signals, CacheWithLockingOptions options)
    {
        (_names, _session, _presence, _wait, _fleet, _locks, _remembered, _options) = (names, session, presence, wait, fleet, locks, remembered, options);
        Signals = signals;
    }

    internal bool IsUsable => _session.IsUsable;

    internal KeySignals Signals { get; }

    internal RedisClock Clock => _presence.Clock;

    internal RedisPresence Presence => _presence;

    internal Fleet Fleet => _fleet;

    internal int PendingRemovals => _remembered.Pending;

    internal async ValueTask<Reply<byte[]?>> ReadAsync(string key)
    {
        var reply = await _session.GetAsync(_names.Value(key)).ConfigureAwait(false);
        return new(reply.IsAvailable, reply.Value);
    }

    /// <summary>Several values in one round trip.</summary>
    internal async ValueTask<Reply<byte[]?[]>> ReadAsync(IReadOnlyList<string> keys)
    {
        var names = new RedisKey[keys.Count];
        for (var index = 0; index < names.Length; index++)
        {
            names[index] = _names.Value(keys[index]);
        }

        var reply = await _session.GetAsync(names).ConfigureAwait(false);
        return reply.IsAvailable ? Reply<byte[]?[]>.Of(Array.ConvertAll(reply.Value, static value => (byte[]?)value)) : default;
    }

    /// <summary>What the removals of keys ask of a load that takes no lock.</summary>
    internal async ValueTask<Reply<ConsistencyToken>> TokenAsync(IReadOnlyList<string> keys)
    {
        var names = new RedisKey[keys.Count];
        for (var index = 0; index < names.Length; index++)
        {
            names[index] = _names.Removal(keys[index]);
        }

        var reply = await _session.GetAsync(names).ConfigureAwait(false);
        return reply.IsAvailable
            ? Reply<ConsistencyToken>.Of(reply.Value.Aggregate(ConsistencyToken.None, static (token, text) => Tokens.Greatest(token, TokenText.Read((string?)text))))
            : default;
    }

    /// <summary>Whether a value that Redis holds may be believed: not, shortly after an outage, if it is from before it.</summary>
    internal bool IsTrusted(long stamp) => _presence.IsTrusted(stamp);

    /// <summary>Asks for the lock of a key, or for a value other than the known one.</summary>
    internal async ValueTask<Acquisition> AcquireAsync(string key, byte[] known)
    {
        var owner = _locks.NewOwner();
        var names = _names.All(key);
        var reply = await _session.EvaluateAsync(
            RedisScripts.Acquire,
            names,
            [owner, (long)_options.LockLease.TotalMilliseconds, known, _fleet.Id],
            late: _ => ReleaseLate(key, owner)).ConfigureAwait(false);
        if (!reply.IsAvailable)
        {
            return Acquisition.Unavailable;
        }

        var parts = (RedisResult[])reply.Value!;
        switch ((int)parts[0])
        {
            case 1:
                return new() { Kind = AcquisitionKind.Value, Value = (byte[]?)parts[1] };
            case 2:
                _locks.Hold(_names.Lock(key), owner);
                var left = (byte[]?)parts[2];
                return new() { Kind = AcquisitionKind.Won, Owner = owner, Token = TokenText.Read((string?)parts[1]), Value = left is { Length: > 0 } ? left : null };
            default:
                return new() { Kind = AcquisitionKind.Busy, BusyMilliseconds = (long)parts[1], Token = TokenText.Read((string?)parts[2]) };
        }
    }

    /// <summary>Stores what was loaded and unlocks. The stamp; 0 when the lock was no longer the caller's, so nothing was stored.</summary>
    internal async ValueTask<Reply<long>> CommitAsync(string key, string owner, byte[] payload, long expiration, long lifetime)
    {
        var reply = await _session.EvaluateAsync(
            RedisScripts.Commit,
            _names.All(key),
            [owner, payload, expiration, lifetime, _names.ProcessPrefix, FleetMessage.OfSignal(KeySignal.Filled, key)]).ConfigureAwait(false);
        _locks.Drop(_names.Lock(key), owner);
        return reply.IsAvailable ? Reply<long>.Of((long)reply.Value) : default;
    }

    /// <summary>Unlocks without a value and tells those who wait why.</summary>
    internal async Task ReleaseAsync(string key, string owner, KeySignal reason)
    {
        _locks.Drop(_names.Lock(key), owner);
        await _session.EvaluateAsync(
            RedisScripts.Release, _names.All(key), [owner, _names.ProcessPrefix, FleetMessage.OfSignal(reason, key)]).ConfigureAwait(false);
    }

    /// <summary>Removes a key for all processes and waits until each has heard it; remembers it when Redis cannot be used.</summary>
    internal ValueTask<RemovalReach> RemoveAsync(string key, ConsistencyToken token, CancellationToken cancellationToken) => SpreadAsync(
        isTag: false,
        key,
        token,
        removal => EvaluateRemovalAsync(key, token, FleetMessage.OfRemoval(_fleet.Id, removal.Sequence, token, key)),
        cancellationToken);

    internal ValueTask<RemovalReach> RemoveTagAsync(string tag, ConsistencyToken token, CancellationToken cancellationToken) => SpreadAsync(
        isTag: true,
        tag,
        token,
        removal => EvaluateTagRemovalAsync(tag, token, removal.Sequence),
        cancellationToken);

    /// <summary>Stores a value that needed no load; null when Redis could not be used.</summary>
    internal async ValueTask<(long Stamp, RemovalReach Reach)> SetAsync(
        string key, byte[] payload, long expiration, long lifetime, ConsistencyToken token, CancellationToken cancellationToken)
    {
        long stamp = 0;
        var reach = await SpreadAsync(
            isTag: false,
            key,
            token,
            async removal =>
            {
                var reply = await _session.EvaluateAsync(
                    RedisScripts.Set,
                    _names.All(key),
                    [
                        payload, expiration, lifetime, TokenText.Write(token), Memory, _names.ProcessPrefix, FleetMessage.OfSignal(KeySignal.Filled, key), _names.FleetText,
                        FleetMessage.Head(FleetMessage.Removal, _fleet.Id, removal.Sequence), FleetMessage.Tail(token, key),
                    ]).ConfigureAwait(false);
                stamp = reply.IsAvailable ? (long)reply.Value : 0;
                return reply;
            },
            cancellationToken).ConfigureAwait(false);
        return (stamp, reach);
    }

    /// <summary>Learns the versions of tags that this process does not know, or may have missed a removal of.</summary>
    internal async ValueTask LearnAsync(TagState[] tags, int epoch)
    {
        var asked = Array.ConvertAll(tags, tag => (
            Tag: tag, Before: tag.Record, Answer: _session.EvaluateAsync(RedisScripts.LearnTag, [_names.Tag(tag.Name)], RedisTags.Arguments(_names, tag.Name))));
        foreach (var (tag, before, answer) in asked)
        {
            var reply = await answer.ConfigureAwait(false);
            if (reply.IsAvailable)
            {
                tag.Learn(RedisTags.Record(reply.Value), epoch, before);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _presence.DisposeAsync().ConfigureAwait(false);
        _session.Dispose();
    }

    // Granted to nobody who still waits: the next one shall not wait for its lease to run out.
    private void ReleaseLate(string key, string owner) => _session.Send(
        RedisScripts.Release, _names.All(key), [owner, _names.ProcessPrefix, FleetMessage.OfSignal(KeySignal.Voided, key)]);

    private RedisValue Memory => (long)_options.RemovalMemory.TotalMilliseconds;

    private async ValueTask<RemovalReach> SpreadAsync(
        bool isTag, string name, ConsistencyToken token, Func<FleetRemoval, Task<Reply<RedisResult>>> send, CancellationToken cancellationToken)
    {
        var removal = _fleet.Begin();
        try
        {
            for (var attempt = 1; !(await send(removal).ConfigureAwait(false)).IsAvailable; attempt++)
            {
                if (_remembered.TryRemember(isTag, name, token, attempt < MaxAttempts ? _session : null))
                {
                    return RemovalReach.ThisProcess;
                }

                send = isTag ? send : _ => EvaluateRemovalAsync(name, token, FleetMessage.OfRemoval(_fleet.Id, removal.Sequence, token, name)); // as below
            }

            _remembered.Done(isTag, name, token);
            return await _wait.UntilReachedAsync(removal, () => SendAgainAsync(isTag, name, token, removal, send), cancellationToken).ConfigureAwait(false)
                ? RemovalReach.Everywhere
                : RemovalReach.ThisProcess;
        }
        finally
        {
            _fleet.End(removal);
        }
    }

    // A value that was set is not set again: a newer one may be there. Who missed the message drops what it has.
    private Task SendAgainAsync(bool isTag, string name, ConsistencyToken token, FleetRemoval removal, Func<FleetRemoval, Task<Reply<RedisResult>>> send) =>
        isTag ? send(removal) : _session.PublishAsync(_names.Fleet, FleetMessage.OfRemoval(_fleet.Id, removal.Sequence, token, name));

    private Task<Reply<RedisResult>> EvaluateRemovalAsync(string key, ConsistencyToken token, string message) => _session.EvaluateAsync(
        RedisScripts.Remove,
        _names.All(key),
        [TokenText.Write(token), Memory, _names.ProcessPrefix, FleetMessage.OfSignal(KeySignal.Voided, key), _names.FleetText, message],
        isRemoval: true);

    private Task<Reply<RedisResult>> EvaluateTagRemovalAsync(string tag, ConsistencyToken token, long sequence) => _session.EvaluateAsync(
        RedisScripts.RemoveTag,
        [_names.Tag(tag)],
        [
            TokenText.Write(token), RedisTags.MemoryMilliseconds, _names.FleetText,
            FleetMessage.Head(FleetMessage.TagRemoval, _fleet.Id, sequence), FleetMessage.Tail(token, tag),
        ],
        isRemoval: true);
}
