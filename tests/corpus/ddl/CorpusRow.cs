using System.Globalization;
using System.Text.RegularExpressions;
using PgScale.Ddl;

namespace PgScale.Tests.Corpus;

/// <summary>A statement of the corpus with the verdict that is right.</summary>
internal sealed partial record CorpusRow(string Id, DdlVerdict Expected, string Sql)
{
    public static string Folder { get; } = FindFolder();

    public static IReadOnlyList<CorpusRow> All { get; } = [.. Read(Path.Combine(Folder, "statements.txt"))];

    public override string ToString() => $"{Id} {Sql}";

    private static IEnumerable<CorpusRow> Read(string file)
    {
        var (group, number) = ("", 0);
        foreach (var line in File.ReadLines(file))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                (group, number) = (line[3..], 0);
            }
            else if (line.Length > 2 && line[1] == ' ' && line[0] is 'S' or 'P' or 'R')
            {
                var sql = OddCharacter().Replace(line[2..].Replace('⏎', '\n'), match => ((char)int.Parse(match.Groups["code"].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString());
                yield return new CorpusRow($"{group}-{++number:D3}", line[0] switch { 'S' => DdlVerdict.Safe, 'P' => DdlVerdict.Planned, _ => DdlVerdict.Refused }, sql);
            }
        }
    }

    private static string FindFolder()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "PgScale.sln")))
        {
            directory = directory.Parent;
        }

        return Path.Combine(directory?.FullName ?? throw new InvalidOperationException("The corpus is in the repository, and this runs outside of it."), "tests", "corpus", "ddl");
    }

    [GeneratedRegex(@"(?<=[\w ]|^)\\u(?<code>[0-9A-F]{4})(?=[A-Zt])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OddCharacter();
}
