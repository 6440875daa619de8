namespace PgScale.Benchmarks.Load;

/// <summary>What the clients of one loop saw together.</summary>
internal sealed record LoadResult
{
    /// <summary>Operations that succeeded.</summary>
    public required long Operations { get; init; }

    /// <summary>Operations that threw; they are part of <see cref="Latency"/> and not of <see cref="PerSecond"/>.</summary>
    public long Failures { get; init; }

    public Exception? FirstFailure { get; init; }

    /// <summary>Operations of a paced loop that no client could begin in time; their wait is part of <see cref="Latency"/>.</summary>
    public long Unserved { get; init; }

    public required TimeSpan Elapsed { get; init; }

    public required LatencyHistogram Latency { get; init; }

    public double PerSecond => Operations / Elapsed.TotalSeconds;

    /// <summary>A percentile of the latency in milliseconds, the unit of most rows.</summary>
    public double Milliseconds(double percent) => Latency.Percentile(percent).TotalMilliseconds;
}
