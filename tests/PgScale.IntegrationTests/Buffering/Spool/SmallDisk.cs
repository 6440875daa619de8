using System.Diagnostics;

namespace PgScale.IntegrationTests.Buffering.Spool;

/// <summary>A file system of a given size, in memory, for tests that run as root.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly DirectoryInfo _mountPoint;

    private SmallDisk(DirectoryInfo mountPoint) => _mountPoint = mountPoint;

    public string Path => _mountPoint.FullName;

    public static async Task<SmallDisk> MountAsync(int kilobytes)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("Only root may mount a file system of a given size, on Linux.");
        }

        var mountPoint = Directory.CreateTempSubdirectory("pgscale-disk-");
        if (!await RunAsync("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k,mode=700", "tmpfs", mountPoint.FullName))
        {
            mountPoint.Delete();
            Assert.Ignore("This system does not let root mount a file system; a container needs CAP_SYS_ADMIN for it.");
        }

        return new(mountPoint);
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("umount", Path);
        _mountPoint.Delete();
    }

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }
}
