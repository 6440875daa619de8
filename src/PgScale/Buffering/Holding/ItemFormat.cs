using System.Buffers;

namespace PgScale.Buffering.Holding;

/// <summary>How an item is written to disk and read back.</summary>
internal sealed record ItemFormat<T>(Action<T, IBufferWriter<byte>> Write, Func<ReadOnlyMemory<byte>, T> Read);
