using System.Runtime.InteropServices;

namespace PgScale.Testing.Processes;

/// <summary>The few system calls that .NET does not offer.</summary>
internal static class Posix
{
    public static bool Signal(int processId, Signal signal) => Kill(processId, Number(signal)) == 0;

    public static void ChangeOwner(string path, ServerUser user)
    {
        if (user.Name is not null && Chown(path, user.UserId, user.GroupId) != 0)
        {
            throw new IOException($"'{path}' could not be given to user '{user.Name}' (errno {Marshal.GetLastPInvokeError()}).");
        }
    }

    /// <summary>Removes a System V segment: a killed postmaster leaves its small one behind, and only a restart would remove it.</summary>
    public static void RemoveSharedMemory(int id)
    {
        const int ipcRemove = 0;
        _ = SharedMemoryControl(id, ipcRemove, IntPtr.Zero);
    }

    private static int Number(Signal signal) => signal switch
    {
        Processes.Signal.Stop => OperatingSystem.IsMacOS() ? 17 : 19,
        Processes.Signal.Continue => OperatingSystem.IsMacOS() ? 19 : 18,
        _ => (int)signal,
    };

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);

    [DllImport("libc", EntryPoint = "chown", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Chown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint user, uint group);

    [DllImport("libc", EntryPoint = "shmctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SharedMemoryControl(int id, int command, IntPtr buffer);
}
