using System.Globalization;
using PgScale.Benchmarks.Harness;
using Spectre.Console;

namespace PgScale.Benchmarks.Reports;

/// <summary>The rows as a table in colour that fits a terminal.</summary>
internal static class TerminalReport
{
    public static void Write(IAnsiConsole console, IReadOnlyList<BenchmarkRow> rows, Provenance provenance)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("Measure", "Baseline");
        foreach (var figure in new[] { "", "PgScale", "Ratio", "Goal", "Rounds", "Spread" })
        {
            table.AddColumn(new TableColumn(figure).RightAligned().NoWrap());
        }

        foreach (var row in rows)
        {
            table.AddRow(Cells(row));
        }

        console.Write(table);
        var facts = new Grid().AddColumns(2);
        foreach (var (name, value) in provenance.Facts)
        {
            facts.AddRow(new Text(name, new Style(Color.Grey)), new Text(value));
        }

        console.Write(facts);
    }

    private static IEnumerable<Text> Cells(BenchmarkRow row) =>
    [
        new($"{row.Room}: {row.Measure}"),
        new(row.Baseline ?? ""),
        new(row.BaselineValue is null ? "" : $"{RowText.Figure(row.BaselineValue)} {row.Unit}"),
        new($"{RowText.Figure(row.Value)} {row.Unit}"),
        new(RowText.Ratio(row)),
        new(row.Goal.ToString(), new Style(row.Met switch { true => Color.Green, false => Color.Red, null => Color.Default })),
        new(row.Rounds.ToString(CultureInfo.InvariantCulture)),
        new(RowText.Spread(row)),
    ];
}
