using System.Text.RegularExpressions;

namespace PgScale.Ddl.Execution;

/// <summary>Shows of other people's statements only what is allowed.</summary>
internal static partial class QueryRedaction
{
    private const int Longest = 200;

    internal static string Show(string query, DdlQueryText how) => how switch
    {
        DdlQueryText.Hidden => "",
        DdlQueryText.Full => query,
        _ => Redact(query),
    };

    private static string Redact(string query)
    {
        try
        {
            return Cut(Blanks().Replace(Values().Replace(query, "?"), " ").Trim());
        }
        catch (RegexMatchTimeoutException)
        {
            return ""; // rather nothing than a value
        }
    }

    private static string Cut(string text) => text.Length <= Longest ? text : string.Concat(text.AsSpan(0, Longest), "…");

    // Strings (the server cuts statements, so the last may have no end), dollar quotes, comments (which carry trace ids and more), numbers.
    [GeneratedRegex(
        @"[eE]'(?:[^'\\]|\\.|'')*(?:'|\\?$)|'(?:[^']|'')*(?:'|$)|\$(?<tag>\w*)\$.*?(?:\$\k<tag>\$|$)|--[^\n]*|/\*.*?(?:\*/|$)|(?<![\w$])\d[\w.]*",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture,
        100)]
    private static partial Regex Values();

    [GeneratedRegex(@"\s+", RegexOptions.None, 100)]
    private static partial Regex Blanks();
}
