namespace PgScale.Benchmarks.Caching.Fleet;

/// <summary>What a process is to do, as one line of its input.</summary>
internal sealed record CacheOrder(CacheVerb Verb, string Key)
{
    /// <summary>Callers at the same time, or keys of <see cref="CacheVerb.Many"/>.</summary>
    public int Count { get; init; } = 1;

    /// <summary>How long a load takes.</summary>
    public TimeSpan Load { get; init; }

    /// <summary>How long to go on.</summary>
    public TimeSpan Time { get; init; }

    public double PerSecond { get; init; }

    /// <summary>How many writes to make, if there is time for so many.</summary>
    public int Writes { get; init; }
}
