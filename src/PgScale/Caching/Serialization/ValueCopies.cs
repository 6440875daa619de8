using System.Buffers;
using Microsoft.Extensions.Caching.Hybrid;

namespace PgScale.Caching.Serialization;

/// <summary>A value that can be changed, kept as bytes: each caller gets an object of its own.</summary>
internal sealed class ValueCopies<T>(IHybridCacheSerializer<T> serializer, ReadOnlyMemory<byte> bytes)
{
    internal int Size => bytes.Length;

    internal T Create() => serializer.Deserialize(new ReadOnlySequence<byte>(bytes));
}
