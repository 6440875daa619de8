using Microsoft.Extensions.Caching.Memory;
using PgScale.Cluster;

namespace PgScale.Benchmarks.Caching.Sides;

/// <summary>What most applications begin with: each process for itself, each miss loads.</summary>
internal sealed class PlainMemoryCache(CacheSetup setup) : ICacheSide
{
    private readonly MemoryCache _cache = new(new MemoryCacheOptions());

    public async ValueTask<string> GetAsync(string key, Func<ConsistencyToken, CancellationToken, ValueTask<string>> load) =>
        (await _cache.GetOrCreateAsync(key, async entry =>
        {
            entry.AbsoluteExpirationRelativeToNow = setup.Expiration;
            return await load(ConsistencyToken.None, CancellationToken.None);
        }))!;

    public Task GetManyAsync(IReadOnlyList<string> keys, Func<IReadOnlyList<string>, CancellationToken, ValueTask<IReadOnlyDictionary<string, string>>> load) =>
        OneByOne.GetAsync(this, keys, load);

    public ValueTask<bool> RemoveAsync(string key, ConsistencyToken token)
    {
        _cache.Remove(key);
        return new(true);
    }

    public ValueTask DisposeAsync()
    {
        _cache.Dispose();
        return default;
    }
}
