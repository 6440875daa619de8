using System.Globalization;

namespace PgScale.Testing.Postgres;

/// <summary>Reads <c>postmaster.pid</c>, in which a server says how far it is: line 1 process id, line 7 shared memory, line 8 status.</summary>
internal sealed record PostmasterFile(int ProcessId, int? SharedMemoryId, string Status)
{
    /// <summary>Connections are accepted; on a standby this includes that it is consistent.</summary>
    public bool IsReady => string.Equals(Status, "ready", StringComparison.Ordinal);

    public static PostmasterFile? Read(string dataDirectory)
    {
        try
        {
            return Parse(File.ReadAllLines(Path.Combine(dataDirectory, "postmaster.pid")));
        }
        catch (IOException)
        {
            return null;
        }
    }

    public static PostmasterFile? Parse(IReadOnlyList<string> lines)
    {
        if (lines.Count == 0 || !int.TryParse(lines[0], CultureInfo.InvariantCulture, out var processId))
        {
            return null;
        }

        var memory = lines.Count > 6 ? lines[6].Split(' ', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() : null;
        return new PostmasterFile(
            processId,
            int.TryParse(memory, CultureInfo.InvariantCulture, out var id) ? id : null,
            lines.Count > 7 ? lines[7].Trim() : "");
    }
}
