using PgScale.Benchmarks.Load;

namespace PgScale.Benchmarks.Caching.Fleet;

/// <summary>What one process, or all of a fleet, saw while it did what it was told.</summary>
internal sealed record CacheReport
{
    /// <summary>Loads begun, or keys loaded where many are.</summary>
    public long Loads { get; init; }

    public long Operations { get; init; }

    public long Writes { get; init; }

    /// <summary>Writes whose removal did not reach every process, so that nothing follows from them.</summary>
    public long Unconfirmed { get; init; }

    /// <summary>Reads of something older than a write whose removal had ended before they began.</summary>
    public long Stale { get; init; }

    public TimeSpan Elapsed { get; init; }

    /// <summary>Latencies as <see cref="LatencyHistogram.ToText"/> writes them.</summary>
    public string Latency { get; init; } = "0";

    public double LoadsPerSecond() => Loads / Elapsed.TotalSeconds;

    public double Milliseconds(double percent) => LatencyHistogram.Parse(Latency).Percentile(percent).TotalMilliseconds;

    public static CacheReport Merge(IReadOnlyList<CacheReport> reports)
    {
        var latency = new LatencyHistogram();
        foreach (var report in reports)
        {
            latency.Add(LatencyHistogram.Parse(report.Latency));
        }

        return new()
        {
            Loads = reports.Sum(report => report.Loads),
            Operations = reports.Sum(report => report.Operations),
            Writes = reports.Sum(report => report.Writes),
            Unconfirmed = reports.Sum(report => report.Unconfirmed),
            Stale = reports.Sum(report => report.Stale),
            Elapsed = reports.Max(report => report.Elapsed),
            Latency = latency.ToText(),
        };
    }
}
