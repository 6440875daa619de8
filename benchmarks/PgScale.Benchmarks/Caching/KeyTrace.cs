namespace PgScale.Benchmarks.Caching;

/// <summary>The keys that a made-up application asks for, one after the other; the same in every run.</summary>
internal static class KeyTrace
{
    /// <summary>Popularity by Zipf's law: the key of rank r is asked for in proportion to 1 / r^skew, ranks in random order.</summary>
    public static int[] Zipf(int keys, double skew, int length, int seed = 1)
    {
        var random = new Random(seed);
        var shares = Shares(keys, skew);
        var ranks = Enumerable.Range(0, keys).ToArray();
        random.Shuffle(ranks);
        return [.. Enumerable.Range(0, length).Select(_ => ranks[RankAt(shares, random.NextDouble() * shares[^1])])];
    }

    /// <summary>A trace with scans: after each part comes a run of keys that nobody asks for again.</summary>
    public static int[] WithScans(int[] trace, int parts, int scanLength)
    {
        var fresh = trace.Max() + 1;
        return [.. trace.Chunk(trace.Length / parts).SelectMany((part, number) => part.Concat(Enumerable.Range(fresh + (number * scanLength), scanLength)))];
    }

    /// <summary>A trace in which keys lose and win popularity: each part has the same distribution over other keys.</summary>
    public static int[] Shifting(int[] trace, int parts, int shift) =>
        [.. trace.Chunk(trace.Length / parts).SelectMany((part, number) => part.Select(key => key + (number * shift)))];

    /// <summary>The same keys round and round.</summary>
    public static int[] Loop(int keys, int length) => [.. Enumerable.Range(0, length).Select(number => number % keys)];

    private static double[] Shares(int keys, double skew)
    {
        var sum = 0.0;
        return [.. Enumerable.Range(1, keys).Select(rank => sum += Math.Pow(rank, -skew))];
    }

    private static int RankAt(double[] shares, double position)
    {
        var found = Array.BinarySearch(shares, position);
        return Math.Min(found < 0 ? ~found : found, shares.Length - 1);
    }
}
