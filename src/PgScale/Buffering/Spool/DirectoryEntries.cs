using System.Runtime.InteropServices;

namespace PgScale.Buffering.Spool;

/// <summary>
/// Makes new and changed names in a directory outlive the machine, which an fsync of the files alone does not promise (fsync(2)).
/// .NET opens no directories, so this asks the C library; Windows has nothing like it and journals names itself.
/// </summary>
internal static class DirectoryEntries
{
    /// <exception cref="IOException">The directory cannot be opened or written through.</exception>
    internal static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const int readOnly = 0;
        var descriptor = Open(directory, readOnly);
        if (descriptor < 0)
        {
            throw Failure(directory);
        }

        try
        {
            if (Fsync(descriptor) != 0)
            {
                throw Failure(directory);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string directory) =>
        new($"The entries of directory '{directory}' could not be written through to the disk: {Marshal.GetLastPInvokeErrorMessage()}.");

    [DllImport("libc", EntryPoint = "open", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Fsync(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
