namespace PgScale.IntegrationTests.Packages;

/// <summary>
/// The packages of what was built, in a folder of their own that a stranger's projects restore from. What they install lands in that
/// folder too; what the machine has of others' packages is used from where it is.
/// </summary>
internal sealed class PackedFeed : IDisposable
{
    private static readonly string[] Projects = ["PgScale", "PgScale.Testing", "PgScale.Cli"];

    private PackedFeed(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Packs without building, so that what is tested is what the other tests tested.</summary>
    public static async Task<PackedFeed> PackAsync()
    {
        PackedFeed feed = new(Directory.CreateTempSubdirectory("pgscale-packages-").FullName);
        foreach (var project in Projects)
        {
            await Command.RunAsync(
                feed.Folder, new(StringComparer.Ordinal), "dotnet", "pack", FileOfTheRepository($"src/{project}"), "--no-build", "--configuration", "Release", "--nologo",
                "-p:PackageOutputPath=" + Path.Combine(feed.Folder, "feed"));
        }

        await File.WriteAllTextAsync(Path.Combine(feed.Folder, "nuget.config"), Configuration());
        return feed;
    }

    public static string FileOfTheRepository(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PgScale.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException($"PgScale.sln is in no folder above {AppContext.BaseDirectory}.");
        }

        return Path.Combine(folder.FullName, path);
    }

    /// <summary>Runs a program in the feed's folder; returns its output, or fails the test with it.</summary>
    public Task<string> RunAsync(string program, params string[] arguments) => Command.RunAsync(
        Folder, new(StringComparer.Ordinal) { ["NUGET_PACKAGES"] = Path.Combine(Folder, "packages") }, program, arguments);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string Configuration()
    {
        var machine = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return $"""
            <configuration>
              <packageSources><add key="packed" value="feed" /></packageSources>
              <fallbackPackageFolders><add key="machine" value="{machine}" /></fallbackPackageFolders>
            </configuration>
            """;
    }
}
