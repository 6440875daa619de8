namespace PgScale.Tests.Docs;

/// <summary>Finds the code of the pages in sources that the build compiles. Indentation and empty lines do not count.</summary>
internal static class CompiledCode
{
    private static readonly string[] Folders = ["samples", Path.Combine("tests", "PgScale.Tests", "Docs", "Snippets")];

    private static readonly Lazy<string[][]> Sources = new(() =>
    [
        .. Folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Pages.Root, folder), "*.cs", SearchOption.AllDirectories)).Select(file => Lines(File.ReadAllText(file))),
    ]);

    /// <summary>Whether a source has these lines one after the other.</summary>
    public static bool Contains(string block)
    {
        var lines = Lines(block);
        return Sources.Value.Any(source => Enumerable.Range(0, Math.Max(source.Length - lines.Length + 1, 0)).Any(start => source.AsSpan(start, lines.Length).SequenceEqual(lines)));
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
