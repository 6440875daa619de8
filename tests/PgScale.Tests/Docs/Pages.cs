namespace PgScale.Tests.Docs;

/// <summary>The repository's texts, found from the folder in which the tests run.</summary>
internal static class Pages
{
    public static string Root { get; } = FindRoot();

    /// <summary>The pages at the root and under docs.</summary>
    public static IEnumerable<string> All =>
        ((string[])[.. Directory.EnumerateFiles(Root, "*.md"), .. Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)])
        .Select(path => Path.GetRelativePath(Root, path))
        .Order(StringComparer.Ordinal);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>The fenced blocks of a language on a page, without their fences.</summary>
    public static IEnumerable<string> CodeBlocks(string page, string language) => Read(page)
        .Split("```")
        .Where((_, index) => index % 2 == 1)
        .Where(block => block.StartsWith(language + "\n", StringComparison.Ordinal))
        .Select(block => block[(language.Length + 1)..]);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PgScale.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"PgScale.sln is in no folder above {AppContext.BaseDirectory}; run the tests from the repository.");
    }
}
