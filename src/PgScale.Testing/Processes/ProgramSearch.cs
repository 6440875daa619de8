namespace PgScale.Testing.Processes;

/// <summary>Finds programs on PATH and in the folders that an ordinary user's PATH often lacks.</summary>
internal static class ProgramSearch
{
    private static readonly string[] Extra = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/opt/homebrew/bin"];

    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Concat(Extra)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);
}
