namespace PgScale.Benchmarks.Caching.Sides;

/// <summary>Many keys in a cache that knows only single ones: all at once, each on its own.</summary>
internal static class OneByOne
{
    public static Task GetAsync(
        ICacheSide cache, IReadOnlyList<string> keys, Func<IReadOnlyList<string>, CancellationToken, ValueTask<IReadOnlyDictionary<string, string>>> load) =>
        Task.WhenAll(keys.Select(key => cache.GetAsync(key, async (_, cancellationToken) => (await load([key], cancellationToken))[key]).AsTask()));
}
