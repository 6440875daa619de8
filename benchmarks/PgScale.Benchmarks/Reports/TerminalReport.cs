using PgScale.Benchmarks.Harness;
using Spectre.Console;

namespace PgScale.Benchmarks.Reports;

/// <summary>The rows as a table in colour, for eyes.</summary>
internal static class TerminalReport
{
    public static void Write(IAnsiConsole console, IReadOnlyList<BenchmarkRow> rows, Provenance provenance)
    {
        var table = new Table().Border(TableBorder.Rounded);
        for (var column = 0; column < RowText.Headings.Count; column++)
        {
            var heading = new TableColumn(RowText.Headings[column]);
            table.AddColumn(RowText.IsFigure(column) ? heading.RightAligned() : heading);
        }

        foreach (var row in rows)
        {
            table.AddRow(RowText.Cells(row).Select(cell => new Text(cell, Style(cell))));
        }

        console.Write(table);
        var facts = new Grid().AddColumns(2);
        foreach (var (name, value) in provenance.Facts)
        {
            facts.AddRow(new Text(name, new Style(Color.Grey)), new Text(value));
        }

        console.Write(facts);
    }

    private static Style Style(string cell)
    {
        if (string.Equals(cell, RowText.Met(true), StringComparison.Ordinal))
        {
            return new Style(Color.Green);
        }

        return string.Equals(cell, RowText.Met(false), StringComparison.Ordinal) ? new Style(Color.Red) : Spectre.Console.Style.Plain;
    }
}
