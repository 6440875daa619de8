using System.Numerics;

namespace PgScale.Routing;

/// <summary>A running 95th percentile of a tier's read times, cheap to feed and rough to read.</summary>
/// <remarks>
/// Counts in buckets of powers of two, four to each (at most 19 % off); old counts are halved at each <see cref="Refresh"/>. The
/// layout is that of HdrHistogram with two bits of precision (Gil Tene, hdrhistogram.org).
/// </remarks>
internal sealed class LatencyQuantile(TimeProvider time)
{
    private const int SubBits = 2;
    private const int LeastSamples = 50;

    private readonly int[] _counts = new int[64 << SubBits];

    private long _p95 = long.MaxValue;

    /// <summary>The 95th percentile in timestamp ticks; <see cref="long.MaxValue"/> while too little is known.</summary>
    internal long P95 => Volatile.Read(ref _p95);

    internal TimeSpan? P95Time => P95 == long.MaxValue ? null : time.GetElapsedTime(0, P95);

    internal void Record(long ticks) => Interlocked.Increment(ref _counts[IndexOf(Math.Max(1, ticks))]);

    /// <summary>Works out the percentile and lets older samples count half.</summary>
    internal void Refresh()
    {
        var total = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            total += Volatile.Read(ref _counts[i]);
        }

        if (total < LeastSamples)
        {
            return;
        }

        var (rank, seen, found) = ((long)Math.Ceiling(total * 0.95), 0L, -1);
        for (var i = 0; i < _counts.Length; i++)
        {
            var count = Volatile.Read(ref _counts[i]);
            seen += count;
            if (found < 0 && seen >= rank)
            {
                found = i;
            }

            Interlocked.Add(ref _counts[i], -((count + 1) / 2)); // rounded up, or the last sample of a bucket would stay for ever
        }

        Volatile.Write(ref _p95, UpperBoundOf(found));
    }

    private static int IndexOf(long ticks)
    {
        var power = BitOperations.Log2((ulong)ticks);
        var sub = power >= SubBits ? (int)((ticks >> (power - SubBits)) & ((1 << SubBits) - 1)) : 0;
        return (power << SubBits) + sub;
    }

    private static long UpperBoundOf(int index)
    {
        var (power, sub) = (index >> SubBits, index & ((1 << SubBits) - 1));
        return (long)((1UL << power) * (1 + ((sub + 1) / (double)(1 << SubBits))));
    }
}
