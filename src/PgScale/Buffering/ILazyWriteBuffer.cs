using PgScale.Buffering.Flushing;
using PgScale.Buffering.Holding;

namespace PgScale.Buffering;

/// <summary>What hosting and health see of a buffer, whatever its items are.</summary>
internal interface ILazyWriteBuffer
{
    string Name { get; }

    IBatchSource Source { get; }

    FlushStatus Status { get; }

    LazyWriteBufferOptions Options { get; }

    /// <summary>Compares the mapping with the table.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Begins to flush.</summary>
    void Start();

    /// <summary>Takes nothing in any more and writes what is held; the items that were not written in time.</summary>
    Task<long> StopAsync(CancellationToken cancellationToken);
}
