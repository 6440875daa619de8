using PgScale.Cluster;
using StackExchange.Redis;

namespace PgScale.Benchmarks.Caching.Sides;

/// <summary>
/// The algorithm that articles show: GET; whoever gets <c>SET lock NX EX 10</c> loads, the others look again every 100 ms; without
/// Redis everybody loads.
/// </summary>
internal sealed class ArticleCache : ICacheSide
{
    private static readonly TimeSpan LockTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);

    // What StackExchange.Redis 2 and later wait by default; the version here would wait for ever.
    private static readonly TimeSpan CallTime = TimeSpan.FromSeconds(5);

    private readonly TimeSpan _expiration;
    private readonly ConnectionMultiplexer _connection;
    private readonly IDatabase _redis;

    private ArticleCache(TimeSpan expiration, ConnectionMultiplexer connection) =>
        (_expiration, _connection, _redis) = (expiration, connection, connection.GetDatabase());

    public static async Task<ArticleCache> StartAsync(CacheSetup setup) =>
        new(setup.Expiration, await ConnectionMultiplexer.ConnectAsync($"{setup.Redis},abortConnect=false"));

    public async ValueTask<string> GetAsync(string key, Func<ConsistencyToken, CancellationToken, ValueTask<string>> load)
    {
        while (true)
        {
            bool isOwner;
            try
            {
                var known = await Limited(_redis.StringGetAsync(key));
                if (known.HasValue)
                {
                    return known!;
                }

                isOwner = await Limited(_redis.StringSetAsync(LockOf(key), 1, LockTime, When.NotExists));
            }
            catch (Exception failure) when (IsOfRedis(failure))
            {
                return await load(ConsistencyToken.None, CancellationToken.None);
            }

            if (isOwner)
            {
                return await LoadAsync(key, load);
            }

            await Task.Delay(PollTime, TimeProvider.System, CancellationToken.None);
        }
    }

    public Task GetManyAsync(IReadOnlyList<string> keys, Func<IReadOnlyList<string>, CancellationToken, ValueTask<IReadOnlyDictionary<string, string>>> load) =>
        OneByOne.GetAsync(this, keys, load);

    public async ValueTask<bool> RemoveAsync(string key, ConsistencyToken token)
    {
        await Limited(_redis.KeyDeleteAsync(key));
        return true;
    }

    public ValueTask DisposeAsync()
    {
        _connection.Close(allowCommandsToComplete: false);
        _connection.Dispose();
        return default;
    }

    private async ValueTask<string> LoadAsync(string key, Func<ConsistencyToken, CancellationToken, ValueTask<string>> load)
    {
        try
        {
            var value = await load(ConsistencyToken.None, CancellationToken.None);
            await UnlessAwayAsync(_redis.StringSetAsync(key, value, _expiration));
            return value;
        }
        finally
        {
            await UnlessAwayAsync(_redis.KeyDeleteAsync(LockOf(key)));
        }
    }

    private static async Task UnlessAwayAsync(Task<bool> call)
    {
        try
        {
            await Limited(call);
        }
        catch (Exception failure) when (IsOfRedis(failure))
        {
            // the value was loaded, and its callers get it
        }
    }

    private static bool IsOfRedis(Exception failure) => failure is RedisException or RedisConnectionException or TimeoutException or ObjectDisposedException;

    private static Task<T> Limited<T>(Task<T> call) => call.WaitAsync(CallTime, TimeProvider.System);

    private static string LockOf(string key) => $"lock:{key}";
}
