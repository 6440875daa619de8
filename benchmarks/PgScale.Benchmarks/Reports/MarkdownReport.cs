using System.Text;
using PgScale.Benchmarks.Harness;

namespace PgScale.Benchmarks.Reports;

/// <summary>The rows and where they come from, as text that reads well unrendered too.</summary>
internal static class MarkdownReport
{
    public static string Render(string title, IReadOnlyList<BenchmarkRow> rows, Provenance provenance)
    {
        var text = new StringBuilder();
        text.Append("# ").Append(title).Append("\n\n");
        text.Append(Table(rows));
        text.Append("\nValues are medians over the rounds; the spread is (max - min) / median of the side that varied more.\n\n");
        foreach (var (name, value) in provenance.Facts)
        {
            text.Append("- ").Append(name).Append(": ").Append(value).Append('\n');
        }

        return text.ToString();
    }

    private static string Table(IReadOnlyList<BenchmarkRow> rows)
    {
        var lines = rows.Select(RowText.Cells).Prepend(RowText.Headings).ToList();
        var widths = RowText.Headings.Select((_, column) => lines.Max(cells => cells[column].Length)).ToList();
        var rule = widths.Select((width, column) => RowText.IsFigure(column) ? new string('-', width - 1) + ":" : new string('-', width)).ToList();
        lines.Insert(1, rule);
        return string.Concat(lines.Select(cells => "| " + string.Join(" | ", cells.Select(Padded)) + " |\n"));

        string Padded(string cell, int column)
        {
            var text = cell.Replace("|", "\\|", StringComparison.Ordinal);
            return RowText.IsFigure(column) ? text.PadLeft(widths[column]) : text.PadRight(widths[column]);
        }
    }
}
