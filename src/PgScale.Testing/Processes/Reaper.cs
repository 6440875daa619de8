using System.Diagnostics;
using System.Globalization;

namespace PgScale.Testing.Processes;

/// <summary>
/// Ends what this process started when this process ends, however it ends. A small shell in a session of its own reads from a
/// pipe that only this process holds; the pipe closes with us, also on SIGKILL, and then the shell kills and deletes.
/// </summary>
internal sealed class Reaper
{
    private static readonly Lazy<Reaper> Instance = new(() => new Reaper());

    private readonly Lock _lock = new();
    private readonly HashSet<string> _entries = new(StringComparer.Ordinal);
    private Process? _shell;

    private Reaper()
    {
    }

    public static Reaper Current => Instance.Value;

    public int? ProcessId => _shell?.Id;

    public void AddProcess(int processId) => Add(string.Create(CultureInfo.InvariantCulture, $"pid {processId}"));

    public void RemoveProcess(int processId) => Remove(
        string.Create(CultureInfo.InvariantCulture, $"pid {processId}"), string.Create(CultureInfo.InvariantCulture, $"done {processId}"));

    public void AddFolder(string path) => Add($"dir {path}");

    public void RemoveFolder(string path) => Remove($"dir {path}", $"gone {path}");

    private void Add(string entry)
    {
        lock (_lock)
        {
            _entries.Add(entry);
            Write(entry);
        }
    }

    private void Remove(string entry, string line)
    {
        lock (_lock)
        {
            if (_entries.Remove(entry))
            {
                Write(line);
            }
        }
    }

    private void Write(string line)
    {
        try
        {
            if (_shell is { HasExited: false })
            {
                _shell.StandardInput.WriteLine(line);
                return;
            }
        }
        catch (IOException)
        {
            // Somebody ended the shell; a new one takes over with all entries.
        }

        _shell?.Dispose();
        _shell = Start();
        foreach (var entry in _entries)
        {
            _shell.StandardInput.WriteLine(entry);
        }
    }

    private static Process Start()
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException(
                "Servers are started on Linux and macOS only; on Windows use WSL, or name a cluster in PGSCALE_TEST_PRIMARY and PGSCALE_TEST_REPLICAS.");
        }

        string[] shell = ["/bin/sh", "-c", "exec >/dev/null 2>&1\n" + ReaperScript.Text, "pgscale-reaper"];
        var command = ProgramSearch.Find("setsid") is { } setsid ? [setsid, .. shell] : shell;
        ProcessStartInfo start = new(command[0], command.Skip(1)) { UseShellExecute = false, RedirectStandardInput = true, WorkingDirectory = "/" };
        Process process = Process.Start(start)!;
        process.StandardInput.AutoFlush = true;
        return process;
    }
}
