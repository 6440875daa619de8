using System.Text.Json;
using PgScale.Benchmarks.Harness;

namespace PgScale.Benchmarks.Reports;

/// <summary>The rows as a bare array, for programs that watch figures over time. The names of its fields do not change.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Render(IEnumerable<BenchmarkRow> rows) => JsonSerializer.Serialize(
        rows.Select(row => new
        {
            room = row.Room,
            measure = row.Measure,
            unit = row.Unit,
            baseline = row.Baseline,
            baselineValue = row.BaselineValue,
            value = row.Value,
            ratio = row.Ratio is { } ratio && double.IsFinite(ratio) ? ratio : (double?)null,
            goal = row.Goal.ToString() is { Length: > 0 } goal ? goal : null,
            met = row.Met,
            rounds = row.Rounds,
            spread = row.Spread,
        }),
        Options) + "\n";
}
