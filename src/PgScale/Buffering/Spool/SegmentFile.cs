using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace PgScale.Buffering.Spool;

/// <summary>
/// A file of fixed size, mapped into memory. All its blocks are written with zeros before it is mapped: a full disk is an exception
/// here, and not a SIGBUS at a store later on; and an fsync later on changes no metadata.
/// </summary>
internal sealed class SegmentFile : IDisposable
{
    private const int ZeroBytes = 256 << 10;
    private static readonly byte[] Zeros = new byte[ZeroBytes];

    private readonly FileStream _file;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeMemoryMappedViewHandle _memory;

    private SegmentFile(string path, FileStream file, int bytes)
    {
        Path = path;
        Bytes = bytes;
        _file = file;
        _map = MemoryMappedFile.CreateFromFile(file, mapName: null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, bytes);
        _memory = _view.SafeMemoryMappedViewHandle;
    }

    internal string Path { get; private set; }

    internal int Bytes { get; }

    /// <exception cref="IOException">There is no room, or the disk failed; no file is left behind.</exception>
    internal static SegmentFile Create(string path, int bytes)
    {
        var file = SpoolFiles.OpenOwn(path, FileMode.CreateNew);
        try
        {
            Allocate(file.SafeFileHandle, 0, bytes);
            return new(path, file, bytes);
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Maps an existing file; one that was cut short gets its size back.</summary>
    internal static SegmentFile Open(string path, int bytes)
    {
        var file = SpoolFiles.OpenOwn(path, FileMode.Open);
        try
        {
            Allocate(file.SafeFileHandle, file.Length, bytes);
            return new(path, file, bytes);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    internal void Write(int offset, ReadOnlySpan<byte> bytes) => _memory.WriteSpan((ulong)offset, bytes);

    internal void Read(int offset, Span<byte> bytes) => _memory.ReadSpan((ulong)offset, bytes);

    internal void Flush()
    {
        // msync with MS_SYNC, which on Linux is an fdatasync of the file. Elsewhere it only hands the pages to the system.
        _view.Flush();
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(_file.SafeFileHandle);
        }
    }

    internal void MoveTo(string path)
    {
        File.Move(Path, path, overwrite: true);
        Path = path;
    }

    internal void Delete()
    {
        Dispose();
        File.Delete(Path);
    }

    public void Dispose()
    {
        _memory.Dispose(); // before the view, which would write everything to the disk first
        _view.Dispose();
        _map.Dispose();
        _file.Dispose();
    }

    private static void Allocate(SafeFileHandle file, long from, long to)
    {
        for (var offset = from; offset < to; offset += ZeroBytes)
        {
            RandomAccess.Write(file, Zeros.AsSpan(0, (int)Math.Min(ZeroBytes, to - offset)), offset);
        }
    }
}
