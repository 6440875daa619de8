using System.Globalization;
using System.Text;
using PgScale.Benchmarks.Reports;

namespace PgScale.Benchmarks.Baselines;

/// <summary>
/// A room's ratios as bars: to the right where PgScale is better than what it is compared with, to the left where it is worse.
/// A step of the axis is a factor of ten.
/// </summary>
internal static class RatioChart
{
    private const int BarHeight = 20;
    private const int Middle = 560;
    private const int Decade = 80;
    private const double MostDecades = 3.5;

    /// <summary>The drawing, or <see langword="null"/> when no row of the room can be drawn.</summary>
    public static string? Render(string room, IEnumerable<BaselineRow> rows)
    {
        var bars = rows.Where(row => row is { Ratio: not null, LessIsBetter: not null }).ToList();
        if (bars.Count == 0)
        {
            return null;
        }

        var height = bars.Count * BarHeight + 50;
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 {height}\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<title>{Escaped(room)}: times better than what it is compared with</title>\n<rect width=\"960\" height=\"{height}\" fill=\"#fff\"/>\n");
        Axis(svg, height);
        for (var index = 0; index < bars.Count; index++)
        {
            Bar(svg, bars[index], 34 + index * BarHeight);
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>How many times better; below 1 it is worse. Nothing where less is better has no end.</summary>
    internal static double Gain(BaselineRow row) => row.LessIsBetter == true ? 1 / row.Ratio!.Value : row.Ratio!.Value;

    private static void Axis(StringBuilder svg, int height)
    {
        foreach (var (power, label) in new[] { (-1, "10x worse"), (0, "equal"), (1, "10x better"), (2, "100x"), (3, "1,000x") })
        {
            var x = Middle + power * Decade;
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{x} 24V{height - 10}\" stroke=\"{(power == 0 ? "#555" : "#ddd")}\"/><text x=\"{x}\" y=\"16\" fill=\"#555\" text-anchor=\"middle\">{label}</text>\n");
        }
    }

    private static void Bar(StringBuilder svg, BaselineRow row, int y)
    {
        var width = Math.Clamp(Math.Log10(Gain(row)), -1.2, MostDecades) * Decade;
        var x = Middle + Math.Min(width, 0);
        var end = Middle + Math.Max(width, 0) + 4;
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"430\" y=\"{y + 12}\" fill=\"#222\" text-anchor=\"end\">{Escaped(Shortened(row.Measure))}</text>");
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:F1}\" y=\"{y + 2}\" width=\"{Math.Max(Math.Abs(width), 1):F1}\" height=\"{BarHeight - 6}\" fill=\"{(row.Met == false ? "#c9742b" : "#3a76b8")}\"/>");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{end:F1}\" y=\"{y + 12}\" fill=\"#222\">{Factor(row)}</text>\n");
    }

    private static string Factor(BaselineRow row) => Gain(row) is var gain && double.IsInfinity(gain) ? "none left" : RowText.Figure(gain) + "x";

    private static string Shortened(string text) => text.Length <= 66 ? text : text[..65] + "…";

    private static string Escaped(string text) => System.Security.SecurityElement.Escape(text)!;
}
