using PgScale.Buffering.Flushing;
using PgScale.Buffering.Holding;

namespace PgScale.Buffering;

/// <summary>What a buffer is put together from.</summary>
internal sealed record BufferParts<T>(
    ItemStore<T> Store,
    FlushLoop Loop,
    RoomWaiters Waiters,
    FlushStatus Status,
    PrimarySession Session,
    LazyWriteBufferOptions Options,
    Func<T, T>? Redact,
    TimeProvider Time);
