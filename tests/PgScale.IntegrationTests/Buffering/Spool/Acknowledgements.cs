using System.IO.MemoryMappedFiles;

namespace PgScale.IntegrationTests.Buffering.Spool;

/// <summary>What a process was told about its records, in memory that outlives a kill: one store each, with no pipe to fall behind.</summary>
internal sealed class Acknowledgements : IDisposable
{
    private const int ReleaseBegunAt = 64;
    private const int ReleaseDoneAt = 128;
    private const int FirstThreadAt = 192;
    private const int Size = 4096;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public Acknowledgements(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, mapName: null, Size);
        _view = _file.CreateViewAccessor();
    }

    /// <summary>The last record whose release may have happened.</summary>
    public long ReleaseBegun
    {
        get => _view.ReadInt64(ReleaseBegunAt);
        set => _view.Write(ReleaseBegunAt, value);
    }

    /// <summary>The last record whose release has happened.</summary>
    public long ReleaseDone
    {
        get => _view.ReadInt64(ReleaseDoneAt);
        set => _view.Write(ReleaseDoneAt, value);
    }

    /// <summary>The last record that any thread was told is kept.</summary>
    public long Appended => Enumerable.Range(0, SpoolWriter.Threads).Max(thread => _view.ReadInt64(PlaceOf(thread)));

    public void Acknowledge(int thread, long sequence) => _view.Write(PlaceOf(thread), sequence);

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    private static int PlaceOf(int thread) => FirstThreadAt + 64 * thread;
}
