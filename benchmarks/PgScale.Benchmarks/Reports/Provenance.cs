using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Npgsql;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Reports;

/// <summary>Where, with what and how figures were measured: without it they mean nothing to anyone else.</summary>
internal sealed record Provenance(IReadOnlyList<(string Name, string Value)> Facts)
{
    /// <summary>The version of PgScale that is measured.</summary>
    public static string Version { get; } = VersionOf(Assembly.Load("PgScale"));

    public static async Task<Provenance> ReadAsync(string command, TimeProvider time) => new(
    [
        ("Processor", $"{await ProcessorAsync()}, {Environment.ProcessorCount} cores"),
        ("Memory", string.Create(CultureInfo.InvariantCulture, $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30):F0} GiB")),
        ("System", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}"),
        (".NET", Environment.Version.ToString()),
        ("Npgsql", VersionOf(typeof(NpgsqlConnection).Assembly)),
        ("Postgres", await PostgresAsync()),
        ("PgScale", Version),
        ("Commit", await CommitAsync()),
        ("Date", time.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)),
        ("Command", command),
    ]);

    private static async Task<string> ProcessorAsync()
    {
        if (OperatingSystem.IsMacOS())
        {
            return await CommandOutput.ReadAsync("sysctl", "-n", "machdep.cpu.brand_string") ?? "unknown";
        }

        var model = File.Exists("/proc/cpuinfo")
            ? (await File.ReadAllLinesAsync("/proc/cpuinfo")).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return model?.Split(':', 2)[1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown";
    }

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    private static async Task<string> PostgresAsync()
    {
        try
        {
            return (await PostgresInstallation.FindAsync()).Version;
        }
        catch (PostgresNotFoundException)
        {
            return "none found";
        }
    }

    private static async Task<string> CommitAsync()
    {
        var commit = await CommandOutput.ReadAsync("git", "-C", Repository.Root, "rev-parse", "--short=12", "HEAD");
        var changes = await CommandOutput.ReadAsync("git", "-C", Repository.Root, "status", "--porcelain", "--untracked-files=no");
        return commit is null ? "unknown" : commit + (string.IsNullOrEmpty(changes) ? "" : " with local changes");
    }
}
