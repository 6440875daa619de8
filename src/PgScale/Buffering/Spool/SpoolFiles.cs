using System.Globalization;

namespace PgScale.Buffering.Spool;

/// <summary>The directory of a spool: which names mean what, and that only the owner may read them.</summary>
internal sealed class SpoolFiles(string directory)
{
    internal const string SegmentEnding = ".spool";
    internal const string SpareEnding = ".tmp";
    internal const string DamagedEnding = ".damaged";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int NameDigits = 19; // of the largest sequence number, so that the order of names is the order of records

    private int _spares;

    internal string Directory { get; } = directory;

    internal static FileStream OpenOwn(string path, FileMode mode, FileShare share = FileShare.ReadWrite | FileShare.Delete)
    {
        FileStreamOptions options = new() { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode is not FileMode.Open)
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return new(path, options);
    }

    internal string SegmentPath(long first) =>
        Path.Combine(Directory, first.ToString(CultureInfo.InvariantCulture).PadLeft(NameDigits, '0') + SegmentEnding);

    internal string NewSparePath() =>
        Path.Combine(Directory, string.Create(CultureInfo.InvariantCulture, $"spare-{Interlocked.Increment(ref _spares)}{SpareEnding}"));

    /// <summary>Makes the directory if it is missing, and its name durable.</summary>
    internal void Create()
    {
        if (System.IO.Directory.Exists(Directory))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            System.IO.Directory.CreateDirectory(Directory);
            return;
        }

        System.IO.Directory.CreateDirectory(Directory, OwnerOnly | UnixFileMode.UserExecute);
        DirectoryEntries.Flush(Path.GetDirectoryName(Path.GetFullPath(Directory)) ?? Directory);
    }

    /// <summary>Segments by the sequence numbers in their names, the oldest first.</summary>
    internal IReadOnlyList<(long First, string Path)> Segments() =>
    [
        .. System.IO.Directory.EnumerateFiles(Directory, "*" + SegmentEnding)
            .Select(path => (First: FirstIn(path), Path: path))
            .Where(file => file.First > 0)
            .OrderBy(file => file.First),
    ];

    /// <summary>Removes spare segments of a process that ended: nothing was ever appended to them under this name.</summary>
    internal void RemoveSpares()
    {
        foreach (var path in System.IO.Directory.EnumerateFiles(Directory, "*" + SpareEnding))
        {
            File.Delete(path);
        }
    }

    internal void Flush() => DirectoryEntries.Flush(Directory);

    private static long FirstIn(string path) =>
        long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var first) ? first : 0;
}
