using System.Collections.Concurrent;
using System.ComponentModel;
using PgScale.Testing.Processes;

namespace PgScale.Testing.Postgres;

/// <summary>What one folder turned out to hold: a version, or the reason why its server cannot be run.</summary>
internal sealed record InstallationProbe(string BinDirectory, string? Version, string? Problem)
{
    private static readonly ConcurrentDictionary<string, InstallationProbe> Known = new(StringComparer.Ordinal);

    /// <summary>Runs the folder's server as the user that will run it, since only that shows whether this user may.</summary>
    public static async Task<InstallationProbe> RunAsync(string binDirectory, CancellationToken cancellationToken)
    {
        if (Known.TryGetValue(binDirectory, out InstallationProbe? known))
        {
            return known;
        }

        var program = Path.Combine(binDirectory, OperatingSystem.IsWindows() ? "postgres.exe" : "postgres");
        InstallationProbe probe = await AskVersionAsync(binDirectory, program, cancellationToken).ConfigureAwait(false);
        if (probe.Version is not null)
        {
            Known[binDirectory] = probe;
        }

        return probe;
    }

    private static async Task<InstallationProbe> AskVersionAsync(string binDirectory, string program, CancellationToken cancellationToken)
    {
        try
        {
            (var exitCode, var output) = await Command.RunAsync(
                ServerUser.Current.CommandLine(program, ["--version"]), Path.GetTempPath(), cancellationToken: cancellationToken).ConfigureAwait(false);
            return exitCode == 0 && PostgresVersion.Parse(output) is { } version
                ? new InstallationProbe(binDirectory, version, null)
                : new InstallationProbe(binDirectory, null, Describe(program, output));
        }
        catch (Win32Exception refused)
        {
            return new InstallationProbe(binDirectory, null, Describe(program, refused.Message));
        }
    }

    private static string Describe(string program, string output) =>
        $"'{program}' cannot be run as user '{ServerUser.Current.Name ?? Environment.UserName}' ({output.Split('\n')[0]})";
}
