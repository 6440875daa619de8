using System.Runtime.InteropServices;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Packages;

/// <summary>What a stranger gets: the packages, installed into an empty folder that knows nothing of this repository.</summary>
[Explicit("It has not passed anywhere yet: run it by its name, then remove this.")]
[NonParallelizable]
public sealed class PackagesTests
{
    private PackedFeed _feed = null!;
    private GettingStartedPage _page = null!;
    private string _output = "";

    [OneTimeSetUp]
    public async Task FollowThePage()
    {
        await Needs.ServersAsync(TestServerKinds.Postgres);
        _feed = await PackedFeed.PackAsync();
        _page = GettingStartedPage.Parse(await File.ReadAllTextAsync(PackedFeed.FileOfTheRepository("docs/getting-started.md")));
        await File.WriteAllTextAsync(Path.Combine(_feed.Folder, "page.cs"), _page.Program);
        _output = await _feed.RunAsync("bash", "-c", $"PROGRAM=\"$PWD/page.cs\"\n{_page.Script}");
    }

    [OneTimeTearDown]
    public void RemoveTheFolder() => _feed?.Dispose();

    [Test]
    public void Page_leads_from_an_empty_folder_to_the_first_token_read() => Assert.That(_output, Does.Contain(_page.Output));

    [Test]
    public async Task Tool_is_installed_and_judges_a_statement()
    {
        await _feed.RunAsync("dotnet", "tool", "install", "PgScale.Cli", "--tool-path", "tools");
        await File.WriteAllTextAsync(Path.Combine(_feed.Folder, "safe.sql"), "CREATE TABLE shelf (id bigint PRIMARY KEY);\n");
        Assert.That(await _feed.RunAsync(Path.Combine(_feed.Folder, "tools", "pgscale"), "ddl", "lint", "safe.sql", "--json"), Does.Contain("CREATE TABLE shelf"));
    }

    [Test]
    public async Task Program_of_the_page_is_compiled_ahead_of_time_without_a_warning_of_ours()
    {
        NeedsACompiler();
        // All of the library is looked at, not only what the page's program reaches.
        await File.WriteAllTextAsync(
            Path.Combine(_feed.Folder, "Shop", "Directory.Build.targets"),
            "<Project><ItemGroup><TrimmerRootAssembly Include=\"PgScale\" /><TrimmerRootAssembly Include=\"PgScale.Testing\" /></ItemGroup></Project>");
        var output = await _feed.RunAsync("dotnet", "publish", "Shop", "--output", "native", "-p:PublishAot=true", "-p:TrimmerSingleWarn=false");
        Assert.That(output.Split('\n').Where(line => line.Contains("warning", StringComparison.Ordinal) && line.Contains("PgScale.", StringComparison.Ordinal)), Is.Empty);
        Assert.That(await _feed.RunAsync(Path.Combine(_feed.Folder, "native", "Shop")), Does.Contain(_page.Output));
    }

    private static void NeedsACompiler()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (OperatingSystem.IsWindows() || folders.Any(folder => File.Exists(Path.Combine(folder, "clang")) || File.Exists(Path.Combine(folder, "gcc"))))
        {
            return;
        }

        const string Missing = "Compiling ahead of time needs clang or gcc, and zlib's headers: apt-get install clang zlib1g-dev.";
        Assert.That(Environment.GetEnvironmentVariable("CI"), Is.Null.Or.Empty, Missing);
        Assert.Ignore($"{Missing} ({RuntimeInformation.OSDescription})");
    }
}
