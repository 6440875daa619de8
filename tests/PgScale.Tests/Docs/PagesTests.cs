using System.Text.RegularExpressions;

namespace PgScale.Tests.Docs;

public sealed partial class PagesTests
{
    private static readonly string[] All = [.. Pages.All];

    [TestCaseSource(nameof(All))]
    public void Links_between_pages_lead_somewhere(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Pages.Root, page))!;
        var dead = LinkPattern().Matches(Pages.Read(page))
            .Select(link => link.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal) && target[0] != '#')
            .Select(target => target.Split('#')[0])
            .Where(target => !Path.Exists(Path.Combine(folder, target)));
        Assert.That(dead, Is.Empty);
    }

    [Test]
    public void Code_in_the_readme_is_the_code_of_the_sample_that_runs()
    {
        var sample = Pages.Read("samples/GettingStarted/Program.cs").Split('\n').ToHashSet(StringComparer.Ordinal);
        var shown = Pages.CodeBlocks("README.md", "csharp").SelectMany(block => block.Split('\n'));
        Assert.That(shown.Where(line => line.Length > 0 && !sample.Contains(line)), Is.Empty);
    }

    [Test]
    public void Settings_in_the_readme_are_those_of_the_sample_that_runs() =>
        Assert.That(Pages.CodeBlocks("README.md", "json"), Is.EqualTo(new[] { Pages.Read("samples/GettingStarted/appsettings.json") }));

    [Test]
    public void Getting_started_names_the_version_of_the_host_that_pgscale_is_built_with()
    {
        var built = Pages.Read("Directory.Packages.props").Split("<ExtensionsVersion>")[1].Split('<')[0];
        Assert.That(Pages.CodeBlocks("docs/getting-started.md", "bash").First(), Does.Contain($"Microsoft.Extensions.Hosting --version {built}\n"));
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LinkPattern();
}
