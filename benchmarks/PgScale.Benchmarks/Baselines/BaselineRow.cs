using System.Text.Json.Serialization;
using PgScale.Benchmarks.Harness;

namespace PgScale.Benchmarks.Baselines;

/// <summary>A row as it was when its room's figures were accepted.</summary>
internal sealed record BaselineRow
{
    public required string Measure { get; init; }

    public required string Unit { get; init; }

    public string? Baseline { get; init; }

    public double? BaselineValue { get; init; }

    public required double Value { get; init; }

    /// <summary>Ours divided by the baseline; <see langword="null"/> without one, or when it was nothing and ours was something.</summary>
    public double? Ratio { get; init; }

    public string Goal { get; init; } = "";

    public bool? Met { get; init; }

    public int Rounds { get; init; } = 1;

    public double? Spread { get; init; }

    /// <summary>Whether less is better, as far as the goal says.</summary>
    [JsonIgnore]
    public bool? LessIsBetter => Goal.Length == 0 ? null : Goal.Contains("<=", StringComparison.Ordinal);

    public static BaselineRow From(BenchmarkRow row) => new()
    {
        Measure = row.Measure,
        Unit = row.Unit,
        Baseline = row.Baseline,
        BaselineValue = row.BaselineValue,
        Value = row.Value,
        Ratio = row.Ratio is { } ratio && double.IsFinite(ratio) ? ratio : null,
        Goal = row.Goal.ToString(),
        Met = row.Met,
        Rounds = row.Rounds,
        Spread = row.Spread,
    };

    public bool IsOf(BenchmarkRow row) => (Measure, Unit, Baseline) == (row.Measure, row.Unit, row.Baseline);
}
