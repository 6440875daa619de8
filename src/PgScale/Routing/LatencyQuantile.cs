using System.Numerics;

namespace PgScale.Routing;

/// <summary>What reads of a tier usually take and what few of them take: running percentiles, cheap to feed and rough to read.</summary>
/// <remarks>
/// Counts in buckets of powers of two, four to each (at most 19 % off); they are halved every few seconds, seldom enough that a
/// node which has just become slow does not pass for the tier's usual pace. The layout is that of HdrHistogram with two bits of
/// precision (Gil Tene, hdrhistogram.org).
/// </remarks>
/// <param name="rareShare">The share of reads that count as rare.</param>
/// <param name="time">The clock.</param>
internal sealed class LatencyQuantile(double rareShare, TimeProvider time)
{
    private const double UsualShare = 0.9;
    private const int SubBits = 2;
    private const int LeastSamples = 50;

    private static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(10);

    private readonly int[] _counts = new int[64 << SubBits];

    private long _usual = long.MaxValue;
    private long _rare = long.MaxValue;
    private long _halvedAt = time.GetTimestamp();

    /// <summary>The 90th percentile in timestamp ticks; <see cref="long.MaxValue"/> while too little is known.</summary>
    internal long Usual => Volatile.Read(ref _usual);

    /// <summary>What only the rare reads take longer than, in timestamp ticks; <see cref="long.MaxValue"/> while too little is known.</summary>
    internal long Rare => Volatile.Read(ref _rare);

    internal void Record(long ticks) => Interlocked.Increment(ref _counts[IndexOf(Math.Max(1, ticks))]);

    /// <summary>Works out the percentile; every few seconds older samples count half. One caller at a time.</summary>
    internal void Refresh()
    {
        var total = _counts.Sum(static count => (long)count);
        if (total < LeastSamples)
        {
            return;
        }

        Volatile.Write(ref _usual, At(UsualShare, total));
        Volatile.Write(ref _rare, At(1 - rareShare, total));
        if (time.GetElapsedTime(_halvedAt) >= HalfLife)
        {
            _halvedAt = time.GetTimestamp();
            Halve();
        }
    }

    private long At(double share, long total) => UpperBoundOf(Find((long)Math.Ceiling(total * share)));

    private int Find(long rank)
    {
        var index = 0;
        for (var seen = (long)Volatile.Read(ref _counts[0]); seen < rank && index < _counts.Length - 1;)
        {
            seen += Volatile.Read(ref _counts[++index]);
        }

        return index;
    }

    private void Halve()
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            Interlocked.Add(ref _counts[i], -((Volatile.Read(ref _counts[i]) + 1) / 2)); // rounded up, or the last sample of a bucket would stay for ever
        }
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
