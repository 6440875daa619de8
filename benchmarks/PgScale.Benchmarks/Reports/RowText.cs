using System.Globalization;
using PgScale.Benchmarks.Harness;

namespace PgScale.Benchmarks.Reports;

/// <summary>How a row reads, on a terminal and in a file alike.</summary>
internal static class RowText
{
    public static IReadOnlyList<string> Headings { get; } =
        ["Room", "Measure", "Unit", "Baseline", "Baseline value", "PgScale", "Ratio", "Goal", "Met", "Rounds", "Spread"];

    /// <summary>The columns of these positions hold figures and are aligned to the right.</summary>
    public static bool IsFigure(int column) => column is 4 or 5 or 6 or 9 or 10;

    public static IReadOnlyList<string> Cells(BenchmarkRow row) =>
    [
        row.Room,
        row.Measure,
        row.Unit,
        row.Baseline ?? "",
        Figure(row.BaselineValue),
        Figure(row.Value),
        Ratio(row),
        row.Goal.ToString(),
        row.Met switch { true => "met", false => "missed", null => "" },
        row.Rounds.ToString(CultureInfo.InvariantCulture),
        Spread(row),
    ];

    public static string Ratio(BenchmarkRow row) => row.Ratio is { } ratio && double.IsInfinity(ratio) ? "∞" : Figure(row.Ratio);

    public static string Spread(BenchmarkRow row) =>
        row.Spread is { } spread ? string.Create(CultureInfo.InvariantCulture, $"{spread * 100:F0} %") : "";

    // Three digits that count: more would claim a precision that no benchmark has.
    public static string Figure(double? value) => value switch
    {
        null => "",
        >= 100 => value.Value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.Value.ToString("F1", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("G3", CultureInfo.InvariantCulture),
    };
}
