using System.Globalization;
using System.Text;
using PgScale.Benchmarks.Reports;

namespace PgScale.Benchmarks.Baselines;

/// <summary>docs/benchmarks.md and its drawings, from the baseline.</summary>
internal static class BenchmarkPage
{
    private const string Head = """
        # Benchmarks

        This page is written by `./build.sh bench --accept`, from the figures with which every later run is compared. Each row compares PgScale
        with the code people write by hand today, in the same run. Ratios travel from machine to machine; absolute figures do not.
        [How to read and repeat them](../benchmarks/README.md). In the charts blue bars meet their goal, orange ones miss it; rows without a
        goal are in the tables alone.


        """;

    public static async Task WriteAsync(Baseline baseline, string docs, CancellationToken cancellationToken)
    {
        var drawings = Directory.CreateDirectory(Path.Combine(docs, "benchmarks")).FullName;
        StringBuilder page = new(Head);
        foreach (var (name, room) in baseline.Rooms)
        {
            var chart = RatioChart.Render(name, room.Rows);
            page.Append(Section(name, room, chart is not null));
            if (chart is not null)
            {
                await File.WriteAllTextAsync(Path.Combine(drawings, name + ".svg"), chart, cancellationToken);
            }
        }

        await File.WriteAllTextAsync(Path.Combine(docs, "benchmarks.md"), page.ToString().TrimEnd() + "\n", cancellationToken);
    }

    internal static string Section(string name, RoomBaseline room, bool hasChart)
    {
        StringBuilder text = new($"## {char.ToUpperInvariant(name[0])}{name[1..]}\n\n");
        if (hasChart)
        {
            text.Append(CultureInfo.InvariantCulture, $"![How many times better PgScale is in {name}](benchmarks/{name}.svg)\n\n");
        }

        text.Append("| Measure | Unit | Compared with | It | PgScale | Ratio | Goal | Met | Spread |\n|---|---|---|---:|---:|---:|---|---|---:|\n");
        foreach (var row in room.Rows)
        {
            text.Append("| ").AppendJoin(" | ", Cells(row).Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
        }

        return text.Append('\n').AppendJoin(" · ", room.Facts.Select(fact => $"{fact.Key}: {fact.Value}")).Append("\n\n").ToString();
    }

    private static IEnumerable<string> Cells(BaselineRow row) =>
    [
        row.Measure,
        row.Unit,
        row.Baseline ?? "",
        RowText.Figure(row.BaselineValue),
        RowText.Figure(row.Value),
        RowText.Figure(row.Ratio),
        row.Goal,
        row.Met switch { true => "met", false => "missed", null => "" },
        row.Spread is { } spread ? string.Create(CultureInfo.InvariantCulture, $"{spread * 100:F0} %") : "",
    ];
}
