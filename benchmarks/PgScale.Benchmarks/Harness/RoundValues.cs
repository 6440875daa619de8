namespace PgScale.Benchmarks.Harness;

/// <summary>One figure per round, and what is said about them.</summary>
internal sealed class RoundValues
{
    private readonly double[] _sorted;

    public RoundValues(IEnumerable<double> values)
    {
        _sorted = [.. values.Order()];
        if (_sorted.Length == 0)
        {
            throw new ArgumentException("There is no median of no rounds.", nameof(values));
        }
    }

    public int Count => _sorted.Length;

    public double Median => (_sorted[(Count - 1) / 2] + _sorted[Count / 2]) / 2;

    public double Max => _sorted[^1];

    /// <summary>(max − min) / median; <see langword="null"/> when one round, or a median of zero, has none.</summary>
    public double? Spread => Count < 2 || Median == 0 ? null : (_sorted[^1] - _sorted[0]) / Median;

    /// <summary>The spread of the side that varied more.</summary>
    public static double? Widest(RoundValues ours, RoundValues? baseline) =>
        ours.Spread is { } a && baseline?.Spread is { } b ? Math.Max(a, b) : ours.Spread ?? baseline?.Spread;
}
