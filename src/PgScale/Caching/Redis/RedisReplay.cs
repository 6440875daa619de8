using PgScale.Cluster;
using StackExchange.Redis;

namespace PgScale.Caching.Redis;

/// <summary>Makes up for removals that Redis did not get, or may have lost, before this process uses it again.</summary>
/// <remarks>Used by one loop. A Redis that lost its data is told the tokens that this process knows again.</remarks>
internal sealed class RedisReplay(
    RememberedRemovals remembered, Func<IEnumerable<(bool IsTag, string Name, ConsistencyToken Token)>> known, RedisNames names, string process, long memory)
{
    private const int Batch = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private List<(bool IsTag, string Name, ConsistencyToken Token)> _reminders = [];
    private int _reminded;

    /// <summary>Redis forgot what it was told; <see cref="RemindAsync"/> tells it again.</summary>
    internal void DataReplaced() => (_reminders, _reminded) = ([.. known()], 0);

    /// <summary>Tells some of what Redis forgot. False when Redis failed; it is gone on with next time.</summary>
    internal async Task<bool> RemindAsync(IDatabase database, int most)
    {
        for (var end = _reminded + (long)most; _reminded < Math.Min(end, _reminders.Count); _reminded += Batch)
        {
            if (!await SendAsync(database, _reminders.Skip(_reminded).Take(Batch), RedisScripts.Remind, RedisScripts.RemindTag).ConfigureAwait(false))
            {
                return false;
            }
        }

        if (_reminded >= _reminders.Count)
        {
            (_reminders, _reminded) = ([], 0);
        }

        return true;
    }

    /// <summary>Whether something is left that a usable Redis refused.</summary>
    internal bool IsPending => remembered.Pending > 0;

    /// <summary>False when Redis failed again; what was not made up for is remembered.</summary>
    internal async Task<bool> RunAsync(IDatabase database)
    {
        var removals = remembered.TakeAll();
        for (var done = 0; done < removals.Count; done += Batch)
        {
            if (!await SendAsync(database, removals.Skip(done).Take(Batch), RedisScripts.Remove, RedisScripts.RemoveTag).ConfigureAwait(false))
            {
                foreach (var (isTag, name, token) in removals.Skip(done))
                {
                    remembered.Remember(isTag, name, token);
                }

                return false;
            }
        }

        return true;
    }

    private async Task<bool> SendAsync(
        IDatabase database, IEnumerable<(bool IsTag, string Name, ConsistencyToken Token)> batch, string script, string tagScript)
    {
        try
        {
            var sent = batch.Select(removal => removal.IsTag ? RemoveTag(database, tagScript, removal.Name, removal.Token) : Remove(database, script, removal.Name, removal.Token));
            await Task.WhenAll(sent).WaitAsync(Patience).ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure is TimeoutException or RedisException or ObjectDisposedException)
        {
            return false;
        }
    }

    private Task<RedisResult> Remove(IDatabase database, string script, string key, ConsistencyToken token) => database.ScriptEvaluateAsync(
        script,
        names.All(key),
        [
            TokenText.Write(token), memory, names.ProcessPrefix, FleetMessage.OfSignal(KeySignal.Voided, key), names.FleetText,
            FleetMessage.OfRemoval(process, sequence: 0, token, key),
        ]);

    private Task<RedisResult> RemoveTag(IDatabase database, string script, string tag, ConsistencyToken token) => database.ScriptEvaluateAsync(
        script,
        [names.Tag(tag)],
        [
            TokenText.Write(token), RedisTags.MemoryMilliseconds, names.FleetText,
            FleetMessage.Head(FleetMessage.TagRemoval, process, sequence: 0), FleetMessage.Tail(token, tag),
        ]);
}
