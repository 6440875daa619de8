using System.Text.Json;

namespace PgScale.Tests.Docs;

/// <summary>Users copy from the pages, so what they show is compiled: each block is part of a source that the build compiles, or a test runs the page.</summary>
public sealed class CodeBlocksTests
{
    // A test in another project makes a program of this page and runs it.
    private const string RunAsItIs = "docs/getting-started.md";

    private static readonly string[] All = [.. Pages.All];

    [TestCaseSource(nameof(All))]
    public void Code_is_part_of_a_source_that_is_compiled(string page)
    {
        var unknown = Pages.CodeBlocks(page, "csharp").Where(block => page != RunAsItIs && !CompiledCode.Contains(block));
        Assert.That(unknown, Is.Empty, $"Put the code into tests/PgScale.Tests/Docs/Snippets or into a sample, as it is on {page}.");
    }

    [TestCaseSource(nameof(All))]
    public void Settings_can_be_read(string page)
    {
        foreach (var block in Pages.CodeBlocks(page, "json"))
        {
            Assert.That(() => JsonDocument.Parse(block, new() { CommentHandling = JsonCommentHandling.Skip }).Dispose(), Throws.Nothing, block);
        }
    }

    [Test]
    public void Code_that_no_source_has_is_found() => Assert.That(CompiledCode.Contains("nobody.Has(this);"), Is.False);
}
