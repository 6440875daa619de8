namespace PgScale.Testing.Processes;

/// <summary>
/// Where folders are made when nobody says where. Memory, if there is plenty: making and deleting the thousand files of a data
/// directory costs ten times less there than on many a disk, and what is there is lost in a crash, which tests do not survive anyway.
/// </summary>
internal static class TestFolderLocation
{
    public const string Variable = "PGSCALE_TEST_DIRECTORY";

    private const string Memory = "/dev/shm";
    private const long Plenty = 4L * 1024 * 1024 * 1024;

    public static string Volatile() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen ? chosen : HasPlentyOfMemory() ? Memory : Path.GetTempPath();

    public static string Durable() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen ? chosen : Path.GetTempPath();

    private static bool HasPlentyOfMemory() =>
        OperatingSystem.IsLinux() && Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace >= Plenty;
}
