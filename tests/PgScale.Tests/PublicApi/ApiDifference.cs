namespace PgScale.Tests.PublicApi;

/// <summary>What two API texts do not share, under the types that it belongs to.</summary>
internal static class ApiDifference
{
    /// <summary>Lines that begin with − are gone, lines that begin with + are new; empty when the texts are equal.</summary>
    public static string Between(string accepted, string actual)
    {
        var before = Lines(accepted);
        var after = Lines(actual);
        var gone = before.Except(after).Select(line => (line.Type, Text: $"- {line.Text}"));
        var added = after.Except(before).Select(line => (line.Type, Text: $"+ {line.Text}"));
        return string.Join('\n', gone.Concat(added)
            .GroupBy(line => line.Type, line => line.Text, StringComparer.Ordinal)
            .OrderBy(type => type.Key, StringComparer.Ordinal)
            .Select(type => string.Join('\n', type.Prepend(type.Key))));
    }

    private static List<(string Type, string Text)> Lines(string text)
    {
        var lines = new List<(string, string)>();
        var (space, type) = ("", "");
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n').Where(line => line.Length > 0))
        {
            if (line.StartsWith("namespace ", StringComparison.Ordinal))
            {
                space = line;
                continue;
            }

            type = line.StartsWith(' ') ? type : line;
            lines.Add(($"{space}: {type}", line));
        }

        return lines;
    }
}
