namespace PgScale.Benchmarks.Caching.Sides;

/// <summary>The sides of this room by name.</summary>
internal static class CacheSides
{
    public const string Article = "SET NX EX 10, losers poll";

    public const string Memory = "MemoryCache";

    public const string PgScale = "CacheWithLocking";

    /// <summary>Returns a side that is connected and ready.</summary>
    public static async Task<ICacheSide> StartAsync(CacheSetup setup, CancellationToken cancellationToken) => setup.Kind switch
    {
        CacheKind.Memory => new PlainMemoryCache(setup),
        CacheKind.Article => await ArticleCache.StartAsync(setup),
        _ => await PgScaleCache.StartAsync(setup, cancellationToken),
    };
}
