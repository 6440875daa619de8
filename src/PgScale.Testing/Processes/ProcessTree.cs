using System.Diagnostics;
using System.Globalization;

namespace PgScale.Testing.Processes;

/// <summary>A process and its direct children: each Postgres backend leads a session of its own, so no process group holds them.</summary>
internal static class ProcessTree
{
    public static void Freeze(int root)
    {
        Posix.Signal(root, Signal.Stop);
        ForEachChild(root, child => Posix.Signal(child, Signal.Stop));
    }

    public static void Thaw(int root)
    {
        ForEachChild(root, child => Posix.Signal(child, Signal.Continue));
        Posix.Signal(root, Signal.Continue);
    }

    /// <summary>Ends the root and its children as a power cut would, and returns when all are gone.</summary>
    public static async Task KillAsync(int root, CancellationToken cancellationToken)
    {
        // Stopped first: a running postmaster could fork between the listing and the kill.
        Posix.Signal(root, Signal.Stop);
        List<int> all = [];
        ForEachChild(root, all.Add);
        all.Add(root);
        all.ForEach(id => Posix.Signal(id, Signal.Kill));
        await Poll.UntilAsync(
            () => !all.Exists(IsAlive),
            TimeSpan.FromSeconds(10),
            () => $"Process {root} or one of its children outlived SIGKILL by 10 seconds.",
            cancellationToken).ConfigureAwait(false);
    }

    public static bool IsAlive(int processId)
    {
        if (!OperatingSystem.IsLinux())
        {
            return Posix.Signal(processId, Signal.Probe);
        }

        return ReadStatus(processId) is { State: not ('Z' or 'X') };
    }

    public static IEnumerable<int> ChildrenOf(int root) => OperatingSystem.IsLinux() ? ChildrenFromProc(root) : ChildrenFromPgrep(root);

    private static void ForEachChild(int root, Action<int> act)
    {
        // A second look, because a fork may have been under way when the root was stopped.
        HashSet<int> seen = [];
        for (var fresh = 1; fresh > 0;)
        {
            fresh = 0;
            foreach (var child in ChildrenOf(root).Where(seen.Add))
            {
                act(child);
                fresh++;
            }
        }
    }

    private static IEnumerable<int> ChildrenFromProc(int root)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) && ReadStatus(id)?.Parent == root)
            {
                yield return id;
            }
        }
    }

    private static (char State, int Parent)? ReadStatus(int processId)
    {
        try
        {
            var line = File.ReadAllText($"/proc/{processId}/stat");
            var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ', 3);
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static List<int> ChildrenFromPgrep(int root)
    {
        ProcessStartInfo start = new("pgrep", ["-P", root.ToString(CultureInfo.InvariantCulture)]) { UseShellExecute = false, RedirectStandardOutput = true };
        using Process pgrep = Process.Start(start)!;
        var output = pgrep.StandardOutput.ReadToEnd();
        pgrep.WaitForExit();
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
    }
}
