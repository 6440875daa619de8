using System.Globalization;

namespace PgScale.Benchmarks.Harness;

/// <summary>What a row must reach, as a bound of its value or of its ratio to the baseline.</summary>
internal sealed record Goal
{
    private readonly double _bound;
    private readonly bool _isRatio;
    private readonly bool _isUpper;

    private Goal(double bound, bool isRatio, bool isUpper) => (_bound, _isRatio, _isUpper) = (bound, isRatio, isUpper);

    /// <summary>The row only informs.</summary>
    public static Goal None { get; } = new(double.NaN, isRatio: false, isUpper: false);

    public bool NeedsBaseline => _isRatio;

    public double Bound => _bound;

    public static Goal AtMost(double value) => new(value, isRatio: false, isUpper: true);

    public static Goal AtLeast(double value) => new(value, isRatio: false, isUpper: false);

    public static Goal RatioAtMost(double ratio) => new(ratio, isRatio: true, isUpper: true);

    public static Goal RatioAtLeast(double ratio) => new(ratio, isRatio: true, isUpper: false);

    /// <summary><see langword="null"/> when there is nothing to meet.</summary>
    public bool? IsMetBy(BenchmarkRow row)
    {
        if (double.IsNaN(_bound))
        {
            return null;
        }

        return _isUpper ? Measured(row) <= _bound : Measured(row) >= _bound;
    }

    /// <summary>What the goal bounds: the row's value or its ratio.</summary>
    public double Measured(BenchmarkRow row) => _isRatio ? row.Ratio ?? double.NaN : row.Value;

    public override string ToString() => double.IsNaN(_bound)
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{(_isRatio ? "ratio " : "")}{(_isUpper ? "<=" : ">=")} {_bound}");
}
