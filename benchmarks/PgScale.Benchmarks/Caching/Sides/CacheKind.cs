namespace PgScale.Benchmarks.Caching.Sides;

/// <summary>What is compared.</summary>
internal enum CacheKind
{
    /// <summary>A <c>MemoryCache</c> in each process, nothing else.</summary>
    Memory,

    /// <summary>Redis and a lock in it, as articles show it.</summary>
    Article,

    /// <summary><c>CacheWithLocking</c>.</summary>
    PgScale,
}
