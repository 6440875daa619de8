using System.Security.Cryptography;

namespace PgScale.Testing.Processes;

/// <summary>A private folder that goes away with its owner, or with the process at the latest.</summary>
internal sealed class TestFolder : IAsyncDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private TestFolder(string path) => Path = path;

    public string Path { get; }

    public static TestFolder Create(string purpose, string? parent = null)
    {
        parent = System.IO.Path.GetFullPath(parent ?? TestFolderLocation.Volatile());
        ThrowIfClosedToServers(parent);
        var name = $"pgscale-{Environment.ProcessId}-{purpose}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        var path = System.IO.Path.Combine(parent, name);
        Reaper.Current.AddFolder(path);
        CreateDirectory(path);
        return new TestFolder(path);
    }

    /// <summary>Makes a directory that only the servers' user (and root) can enter.</summary>
    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(path, OwnerOnly);
        Posix.ChangeOwner(path, ServerUser.Current);
    }

    /// <summary>Writes a file that only the servers' user (and root) can read; readers see the old text or the new.</summary>
    public static async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        var temporary = path + ".new";
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        StreamWriter writer = new(temporary, options);
        await using (writer.ConfigureAwait(false))
        {
            await writer.WriteAsync(text.AsMemory(), cancellationToken).ConfigureAwait(false);
        }

        Posix.ChangeOwner(temporary, ServerUser.Current);
        File.Move(temporary, path, overwrite: true);
    }

    public async ValueTask DisposeAsync()
    {
        await DeleteAsync(Path).ConfigureAwait(false);
        Reaper.Current.RemoveFolder(Path);
    }

    public static Task DeleteAsync(string path) => Task.Run(() =>
    {
        for (var attempt = 1; Directory.Exists(path); attempt++)
        {
            try
            {
                Directory.Delete(path, recursive: true);
            }
            catch (IOException) when (attempt < 5)
            {
                // A process that is just ending may still have written a last file.
            }
        }
    });

    private static void ThrowIfClosedToServers(string parent)
    {
        if (OperatingSystem.IsWindows() || ServerUser.Current.Name is not { } user)
        {
            return;
        }

        for (DirectoryInfo? folder = new(parent); folder is not null; folder = folder.Parent)
        {
            if (!folder.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
            {
                throw new InvalidOperationException(
                    $"User '{user}', whom the servers run as, cannot enter '{folder.FullName}'; set {TestFolderLocation.Variable} or the Directory option to a folder that it can enter.");
            }
        }
    }
}
