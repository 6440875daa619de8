namespace PgScale.Testing.Postgres;

/// <summary>Where the packages of Debian, Red Hat, Homebrew and the Windows installer put PostgreSQL.</summary>
internal static class UsualPlaces
{
    public static readonly IReadOnlyList<string> Names = OperatingSystem.IsWindows()
        ? [@"Program Files\PostgreSQL\*\bin"]
        : ["/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin"];

    public static IReadOnlyList<string> Current() => OperatingSystem.IsWindows()
        ? [.. Below(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL"), "*")]
        :
        [
            .. Below("/usr/lib/postgresql", "*"),
            .. Below("/usr", "pgsql-*"),
            .. Below("/opt/homebrew/opt", "postgresql*"),
            .. Below("/usr/local/opt", "postgresql*"),
        ];

    private static IEnumerable<string> Below(string folder, string pattern) => Directory.Exists(folder)
        ? Directory.EnumerateDirectories(folder, pattern).Select(version => Path.Combine(version, "bin"))
        : [];
}
