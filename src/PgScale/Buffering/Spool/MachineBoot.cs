namespace PgScale.Buffering.Spool;

/// <summary>Tells a process that was killed from a machine that was: the page cache outlives the one and not the other.</summary>
internal static class MachineBoot
{
    private const string LinuxFile = "/proc/sys/kernel/random/boot_id";

    /// <summary>Differs from one start of the machine to the next; <see cref="Guid.Empty"/> where the system does not tell.</summary>
    internal static Guid Id { get; } = Read();

    private static Guid Read()
    {
        try
        {
            return OperatingSystem.IsLinux() && Guid.TryParse(File.ReadAllText(LinuxFile), out var id) ? id : Guid.Empty;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return Guid.Empty;
        }
    }
}
