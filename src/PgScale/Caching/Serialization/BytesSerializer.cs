using System.Buffers;
using Microsoft.Extensions.Caching.Hybrid;

namespace PgScale.Caching.Serialization;

/// <summary>Bytes as they are.</summary>
internal sealed class BytesSerializer : IHybridCacheSerializer<byte[]>
{
    public byte[] Deserialize(ReadOnlySequence<byte> source) => source.ToArray();

    public void Serialize(byte[] value, IBufferWriter<byte> target) => target.Write(value);
}
