using System.Diagnostics;

namespace PgScale.Benchmarks.Caching;

/// <summary>What callers saw while Redis was away.</summary>
internal sealed record RedisOutageSample
{
    public double P99 { get; private init; }

    public double Longest { get; private init; }

    public double ThroughputPercent { get; private init; }

    public int Errors { get; private init; }

    public double LoadsPerExpiry { get; init; }

    /// <summary>Sums up the reads: those that ended between <paramref name="up"/> and <paramref name="fault"/> are what is usual.</summary>
    public static RedisOutageSample From(IReadOnlyList<(long Start, long End, bool Failed)> reads, long up, long fault, long end)
    {
        // Whoever waited when the fault came counts: that wait is part of it.
        var during = reads.Where(read => read.End >= fault && read.Start < end).ToList();
        var waits = during.Select(read => Stopwatch.GetElapsedTime(read.Start, read.End).TotalMilliseconds).Order().ToList();
        return new()
        {
            P99 = waits[(int)Math.Ceiling(0.99 * waits.Count) - 1],
            Longest = waits[^1],
            ThroughputPercent = 100 * PerSecond(reads, fault, end) / PerSecond(reads, up, fault),
            Errors = during.Count(read => read.Failed),
        };
    }

    private static double PerSecond(IReadOnlyList<(long Start, long End, bool Failed)> reads, long from, long until) =>
        reads.Count(read => read.End >= from && read.End < until && !read.Failed) / Stopwatch.GetElapsedTime(from, until).TotalSeconds;
}
