namespace PgScale.Benchmarks.Caching.Sides;

/// <summary>How a side is set up; it travels to other processes as JSON.</summary>
internal sealed record CacheSetup
{
    public CacheKind Kind { get; init; }

    public string? Redis { get; init; }

    public TimeSpan Expiration { get; init; } = TimeSpan.FromMinutes(5);

    public double EarlyRefresh { get; init; }

    public int MaxConcurrentLoads { get; init; } = 64;

    /// <summary>How long memory alone is believed without Redis, where being sure matters less than being there.</summary>
    public TimeSpan LocalExpirationWithoutRedis { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The Redis whose numbers play the rows of a database, and that keeps what every reader must see.</summary>
    public string? Rows { get; init; }

    /// <summary>The servers of a real database in place of those numbers, by name; the first one is the primary.</summary>
    public IReadOnlyDictionary<string, string> Nodes { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
