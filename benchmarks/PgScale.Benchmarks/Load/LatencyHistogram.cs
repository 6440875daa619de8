using System.Diagnostics;
using System.Globalization;
using System.Numerics;

namespace PgScale.Benchmarks.Load;

/// <summary>
/// Latencies from a nanosecond to 73 minutes, kept to within 0.8 % in a fixed 36 KiB. Recording allocates nothing and takes
/// no lock: each client records into its own and the results are merged with <see cref="Add"/>.
/// </summary>
/// <remarks>
/// Log-linear buckets after Gil Tene's HdrHistogram (https://hdrhistogram.org): each power of two is cut into 128 equal
/// parts, so that the relative error is the same at 50 µs and at 5 s.
/// </remarks>
internal sealed class LatencyHistogram
{
    private const int PartBits = 7;
    private const int Parts = 1 << PartBits;
    private const int MaxBits = 42;
    private const long Largest = (1L << MaxBits) - 1;

    private readonly long[] _counts = new long[(MaxBits - PartBits + 1) * Parts];
    private long _max;

    public long Count { get; private set; }

    public TimeSpan Max => ToTimeSpan(_max);

    /// <summary>What <see cref="ToText"/> wrote, perhaps in another process.</summary>
    public static LatencyHistogram Parse(string text)
    {
        var histogram = new LatencyHistogram();
        foreach (var part in text.Split(' '))
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            var count = long.Parse(part.AsSpan(colon + 1), CultureInfo.InvariantCulture);
            if (colon < 0)
            {
                histogram._max = count;
                continue;
            }

            histogram._counts[int.Parse(part.AsSpan(0, colon), CultureInfo.InvariantCulture)] = count;
            histogram.Count += count;
        }

        return histogram;
    }

    /// <summary>Records the time between two readings of <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public void Record(long startTimestamp, long endTimestamp) =>
        RecordNanoseconds((long)((endTimestamp - startTimestamp) * (1e9 / Stopwatch.Frequency)));

    public void Record(TimeSpan latency) => RecordNanoseconds(latency.Ticks * TimeSpan.NanosecondsPerTick);

    /// <summary>Adds what another client recorded.</summary>
    public void Add(LatencyHistogram other)
    {
        for (var index = 0; index < _counts.Length; index++)
        {
            _counts[index] += other._counts[index];
        }

        Count += other.Count;
        _max = Math.Max(_max, other._max);
    }

    /// <summary>The latency that <paramref name="percent"/> of the operations did not exceed; zero when there were none.</summary>
    public TimeSpan Percentile(double percent)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(percent / 100 * Count));
        long seen = 0;
        for (var index = 0; index < _counts.Length; index++)
        {
            seen += _counts[index];
            if (seen >= rank)
            {
                return ToTimeSpan(Math.Min(UpperEnd(index), _max));
            }
        }

        return Max;
    }

    /// <summary>The largest latency and the buckets that are not empty, for <see cref="Parse"/>.</summary>
    public string ToText() => string.Join(' ', _counts.Index()
        .Where(static bucket => bucket.Item > 0)
        .Select(static bucket => string.Create(CultureInfo.InvariantCulture, $"{bucket.Index}:{bucket.Item}"))
        .Prepend(_max.ToString(CultureInfo.InvariantCulture)));

    private static TimeSpan ToTimeSpan(long nanoseconds) => TimeSpan.FromTicks((nanoseconds + 99) / 100);

    private static int IndexOf(long nanoseconds)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)nanoseconds) - PartBits);
        return (shift << PartBits) + (int)(nanoseconds >> shift);
    }

    // The inverse of IndexOf: the largest value that falls into the bucket.
    private static long UpperEnd(int index)
    {
        var shift = Math.Max(0, (index >> PartBits) - 1);
        var part = index - (shift << PartBits);
        return ((part + 1L) << shift) - 1;
    }

    private void RecordNanoseconds(long nanoseconds)
    {
        var value = Math.Clamp(nanoseconds, 0, Largest);
        _counts[IndexOf(value)]++;
        _max = Math.Max(_max, value);
        Count++;
    }
}
