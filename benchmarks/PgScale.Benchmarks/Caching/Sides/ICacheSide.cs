using PgScale.Cluster;

namespace PgScale.Benchmarks.Caching.Sides;

/// <summary>A cache as one process of an application uses it.</summary>
internal interface ICacheSide : IAsyncDisposable
{
    /// <summary>The value of a key; the load is told how fresh it must read, where the cache knows.</summary>
    ValueTask<string> GetAsync(string key, Func<ConsistencyToken, CancellationToken, ValueTask<string>> load);

    /// <summary>The values of many keys.</summary>
    Task GetManyAsync(IReadOnlyList<string> keys, Func<IReadOnlyList<string>, CancellationToken, ValueTask<IReadOnlyDictionary<string, string>>> load);

    /// <summary>Removes a key after a write; true when no process may serve an older value from then on.</summary>
    ValueTask<bool> RemoveAsync(string key, ConsistencyToken token);
}
