namespace PgScale.Buffering.Spool;

/// <summary>A segment file as it was found, before anything is changed.</summary>
internal sealed class FoundSegment
{
    private FoundSegment(long first, string path, byte[] header, long length)
    {
        First = first;
        Path = path;
        Length = length;
        Version = SegmentHeader.VersionOf(header);
        Header = SegmentHeader.Read(header);
        Marks = Header is null ? default : SegmentMarks.Read(header);
        IsBlank = !header.AsSpan().ContainsAnyExcept((byte)0);
    }

    /// <summary>The first sequence number by its name.</summary>
    internal long First { get; }

    internal string Path { get; }

    internal long Length { get; }

    internal uint Version { get; }

    internal SegmentHeader? Header { get; }

    internal SegmentMarks Marks { get; }

    /// <summary>Whether the header was never written.</summary>
    internal bool IsBlank { get; }

    /// <summary>Whether header and name agree. They do not while a file changes its role.</summary>
    internal bool IsInRole => Header?.First == First;

    internal SegmentScan? Scan { get; private set; }

    internal static FoundSegment Read(long first, string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var header = new byte[SegmentHeader.Bytes];
        ReadFully(file, header);
        return new(first, path, header, RandomAccess.GetLength(file));
    }

    internal void Check(uint seed, long released)
    {
        using var file = File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[(Length + 7) & ~7];
        ReadFully(file, bytes);
        Scan = SegmentScan.Run(bytes, seed, First, released);
    }

    private static void ReadFully(Microsoft.Win32.SafeHandles.SafeFileHandle file, Span<byte> bytes)
    {
        var offset = 0L;
        for (int read; !bytes.IsEmpty && (read = RandomAccess.Read(file, bytes, offset)) > 0; bytes = bytes[read..])
        {
            offset += read;
        }
    }
}
