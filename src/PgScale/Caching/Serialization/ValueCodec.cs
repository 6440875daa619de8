using System.Buffers;
using Microsoft.Extensions.Caching.Hybrid;

namespace PgScale.Caching.Serialization;

/// <summary>How values of one type become bytes and whether their objects may be shared.</summary>
internal sealed class ValueCodec<T>(IHybridCacheSerializer<T> serializer, bool isImmutable)
{
    /// <summary>Tells types apart in Redis; the same in every process.</summary>
    internal uint Fingerprint { get; } = Crc32C.Compute(System.Text.Encoding.UTF8.GetBytes(typeof(T).ToString()));

    internal bool Shares(bool? wanted) => wanted ?? isImmutable;

    internal ReadOnlyMemory<byte> Write(T value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        serializer.Serialize(value, buffer);
        return buffer.WrittenMemory;
    }

    internal T Read(ReadOnlyMemory<byte> bytes) => serializer.Deserialize(new ReadOnlySequence<byte>(bytes));

    internal ValueCopies<T> CopiesOf(ReadOnlyMemory<byte> bytes) => new(serializer, bytes);
}
