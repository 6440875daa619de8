using System.Diagnostics;

namespace PgScale.Benchmarks.Routing;

/// <summary>What a hung node cost the clients: the time of reads beyond what a normal one takes, and the reads that failed.</summary>
internal sealed record HungNodeSample(double LostSeconds, double LostShare, int Failures)
{
    /// <param name="reads">All reads, from before the node hung until after it woke up.</param>
    /// <param name="clients">How many clients read.</param>
    /// <param name="hungAt">When the node hung.</param>
    /// <param name="wokeAt">When it woke up; what a read waits after that is not counted.</param>
    /// <param name="machineSeconds">What as many clients lost in the same time who never used the node.</param>
    public static HungNodeSample From(IReadOnlyList<(long Start, long End, bool Failed)> reads, int clients, long hungAt, long wokeAt, double machineSeconds)
    {
        var lost = Math.Max(0, LostSecondsOf(reads, hungAt, wokeAt) - machineSeconds);
        var share = 100 * lost / (clients * Stopwatch.GetElapsedTime(hungAt, wokeAt).TotalSeconds);
        return new(lost, share, reads.Count(read => read.Failed));
    }

    /// <summary>The time of reads between two moments beyond the 99th percentile of those before.</summary>
    public static double LostSecondsOf(IReadOnlyList<(long Start, long End, bool Failed)> reads, long hungAt, long wokeAt)
    {
        var normal = reads.Where(read => read.End < hungAt).Select(read => read.End - read.Start).Order().ToList();
        var usual = normal[(int)(normal.Count * 0.99)];
        return reads.Sum(read => Math.Max(0, Math.Min(read.End, wokeAt) - Math.Max(read.Start, hungAt) - usual)) / (double)Stopwatch.Frequency;
    }
}
