using System.Runtime.InteropServices;

namespace PgScale.Buffering.Spool;

/// <summary>
/// Writes a part of a mapping through to the disk: msync(2) with MS_SYNC, which on Linux is an fdatasync of that range of the file.
/// .NET writes whole mappings only, and takes the right to write from pages that are not in use yet.
/// </summary>
internal static class MappedPages
{
    private const int Synchronously = 4;

    /// <exception cref="IOException">The disk failed.</exception>
    internal static void Flush(nint start, int bytes, string path)
    {
        if (Synchronize(start, (nuint)bytes, Synchronously) != 0)
        {
            throw new IOException($"'{path}' could not be written through to the disk: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    [DllImport("libc", EntryPoint = "msync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Synchronize(nint address, nuint length, int flags);
}
