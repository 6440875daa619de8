using System.Globalization;
using System.Text;

namespace PgScale.Buffering.Spool;

/// <summary>Keeps a second process, or a second buffer of this one, out of a spool's directory. The system lets go of it when the process ends.</summary>
internal sealed class SpoolLock : IDisposable
{
    private const string LockName = "lock";
    private const string HolderName = "holder";
    private const string UnknownHolder = "a process that could not be named";

    private readonly FileStream _lock;

    private SpoolLock(FileStream file) => _lock = file;

    /// <exception cref="SpoolException">Somebody else has it.</exception>
    internal static SpoolLock Take(string directory)
    {
        var path = Path.Combine(directory, LockName);
        FileStream file;
        try
        {
            file = SpoolFiles.OpenOwn(path, FileMode.OpenOrCreate, FileShare.None);
        }
        catch (IOException problem) when (File.Exists(path))
        {
            throw new SpoolException(
                SpoolProblem.InUse, directory,
                $"The spool directory '{directory}' is in use by {HolderOf(directory)}. Give every process and every buffer a directory of its own, "
                + "or end the other one first.",
                problem);
        }

        Sign(Path.Combine(directory, HolderName));
        return new(file);
    }

    public void Dispose() => _lock.Dispose();

    // A file of its own, because on Windows nobody can read the one that is locked. It only makes a message better: a full disk is no
    // reason not to open.
    private static void Sign(string path)
    {
        var holder = string.Create(
            CultureInfo.InvariantCulture, $"process {Environment.ProcessId} ({Path.GetFileName(Environment.ProcessPath)}) on {Environment.MachineName}");
        try
        {
            File.Delete(path);
            using var file = SpoolFiles.OpenOwn(path, FileMode.CreateNew);
            file.Write(Encoding.UTF8.GetBytes(holder));
        }
        catch (IOException)
        {
            // The holder is then one that could not be named.
        }
    }

    private static string HolderOf(string directory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, HolderName)) is { Length: > 0 } holder ? holder : UnknownHolder;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return UnknownHolder;
        }
    }
}
