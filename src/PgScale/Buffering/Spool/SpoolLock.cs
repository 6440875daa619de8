using System.Globalization;

namespace PgScale.Buffering.Spool;

/// <summary>Keeps a second process, or a second buffer of this one, out of a spool's directory. The system lets go of it when the process ends.</summary>
internal sealed class SpoolLock : IDisposable
{
    private const string LockName = "lock";
    private const string HolderName = "holder";

    private readonly FileStream _lock;

    private SpoolLock(FileStream file) => _lock = file;

    /// <exception cref="SpoolException">Somebody else has it.</exception>
    internal static SpoolLock Take(string directory)
    {
        var path = Path.Combine(directory, LockName);
        var existed = File.Exists(path);
        try
        {
            SpoolLock taken = new(SpoolFiles.OpenOwn(path, FileMode.OpenOrCreate, FileShare.None));
            taken.Sign(directory);
            return taken;
        }
        catch (IOException problem) when (existed || File.Exists(path))
        {
            throw new SpoolException(
                SpoolProblem.InUse, directory,
                $"The spool directory '{directory}' is in use by {HolderOf(directory)}. Give every process and every buffer a directory of its own, "
                + "or end the other one first.",
                problem);
        }
    }

    public void Dispose() => _lock.Dispose();

    // A file of its own, because on Windows nobody can read the one that is locked.
    private void Sign(string directory)
    {
        using var file = SpoolFiles.OpenOwn(Path.Combine(directory, HolderName), FileMode.Create);
        var holder = string.Create(
            CultureInfo.InvariantCulture, $"process {Environment.ProcessId} ({Path.GetFileName(Environment.ProcessPath)}) on {Environment.MachineName}");
        file.Write(System.Text.Encoding.UTF8.GetBytes(holder));
    }

    private static string HolderOf(string directory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, HolderName));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return "a process that could not be named";
        }
    }
}
