using System.Globalization;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Reports;

namespace PgScale.Benchmarks.Baselines;

/// <summary>
/// Compares a run with the baseline. Absolute figures belong to a machine, so ratios are compared, and only of rows whose goal says which
/// direction is the better one. See docs/decisions/0047.
/// </summary>
internal static class BaselineComparison
{
    /// <summary>Below this a difference is noise, however alike the rounds were.</summary>
    internal const double LeastTolerance = 0.1;

    /// <summary>One round says nothing about its spread: only a factor of two counts.</summary>
    internal const double ToleranceOfOneRound = 1;

    /// <summary>The differences of one room, in the order of the baseline; then what it does not have.</summary>
    public static IReadOnlyList<Difference> Compare(string room, RoomBaseline accepted, IReadOnlyList<BenchmarkRow> measured) =>
    [
        .. accepted.Rows.SelectMany(before => Compare(room, before, measured.FirstOrDefault(before.IsOf))),
        .. measured.Where(row => !accepted.Rows.Any(before => before.IsOf(row))).Select(row => new Difference(room, row.Measure, "is new; --accept holds it from now on", Fails: false)),
    ];

    private static IEnumerable<Difference> Compare(string room, BaselineRow before, BenchmarkRow? now)
    {
        if (now is null)
        {
            return [new(room, before.Measure, "is in the baseline and was not measured; if it is meant to be gone, --accept removes it", Fails: true)];
        }

        if (before.Goal != now.Goal.ToString())
        {
            return [new(room, before.Measure, $"had the goal '{before.Goal}' and has '{now.Goal}'; --accept, so that both are seen in one change", Fails: true)];
        }

        return Regression(before, now) is { } text ? [new(room, before.Measure, text, Fails: true, MayBeNoise: true)] : [];
    }

    private static string? Regression(BaselineRow before, BenchmarkRow now)
    {
        if (before.LessIsBetter is not { } lessIsBetter)
        {
            return null;
        }

        var tolerance = Tolerance(before, now);
        if (before.Ratio is { } was && now.Ratio is { } ratio && Worse(was, ratio, lessIsBetter) > 1 + tolerance)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the ratio to '{now.Baseline}' was {RowText.Figure(was)} and is {RowText.Ratio(now)}, which is more than the spread of {tolerance * 100:F0} %");
        }

        return before.Met == true && now.Met == false && Worse(now.Goal.Bound, now.Goal.Measured(now), lessIsBetter) > 1 + tolerance
            ? string.Create(CultureInfo.InvariantCulture, $"met its goal '{before.Goal}' and misses it with {RowText.Figure(now.Goal.Measured(now))} by more than the spread of {tolerance * 100:F0} %")
            : null;
    }

    private static double Tolerance(BaselineRow before, BenchmarkRow now) => before.Spread is { } was && now.Spread is { } spread
        ? Math.Max(LeastTolerance, Math.Max(was, spread))
        : ToleranceOfOneRound;

    // How many times worse. Something where there was nothing is infinitely worse, and so is nothing where there was something to have more of.
    private static double Worse(double before, double now, bool lessIsBetter)
    {
        var (numerator, denominator) = lessIsBetter ? (now, before) : (before, now);
        return numerator.Equals(denominator) ? 1 : denominator == 0 ? double.PositiveInfinity : numerator / denominator;
    }
}
