using PgScale.Cluster;
using StackExchange.Redis;

namespace PgScale.Caching.Redis;

/// <summary>Makes up for removals that Redis did not get, or may have lost, before this process uses it again.</summary>
internal sealed class RedisReplay(RememberedRemovals remembered, RedisNames names, string process, long memory)
{
    private const int Batch = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>False when Redis failed again; what was not made up for is remembered.</summary>
    internal async Task<bool> RunAsync(IDatabase database)
    {
        var removals = remembered.TakeAll();
        for (var done = 0; done < removals.Count; done += Batch)
        {
            if (!await SendAsync(database, removals.Skip(done).Take(Batch)).ConfigureAwait(false))
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

    private async Task<bool> SendAsync(IDatabase database, IEnumerable<(bool IsTag, string Name, ConsistencyToken Token)> batch)
    {
        try
        {
            var sent = batch.Select(removal => removal.IsTag ? RemoveTag(database, removal.Name, removal.Token) : Remove(database, removal.Name, removal.Token));
            await Task.WhenAll(sent).WaitAsync(Patience).ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure is TimeoutException or RedisException or ObjectDisposedException)
        {
            return false;
        }
    }

    private Task<RedisResult> Remove(IDatabase database, string key, ConsistencyToken token) => database.ScriptEvaluateAsync(
        RedisScripts.Remove,
        names.All(key),
        [
            TokenText.Write(token), memory, names.ProcessPrefix, FleetMessage.OfSignal(KeySignal.Voided, key), names.FleetText,
            FleetMessage.OfRemoval(process, sequence: 0, token, key),
        ]);

    private Task<RedisResult> RemoveTag(IDatabase database, string tag, ConsistencyToken token) => database.ScriptEvaluateAsync(
        RedisScripts.RemoveTag,
        [names.Tag(tag)],
        [
            TokenText.Write(token), RedisTier.TagMemoryMilliseconds, names.FleetText,
            FleetMessage.Head(FleetMessage.TagRemoval, process, sequence: 0), FleetMessage.Tail(token, tag),
        ]);
}
