using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Caching.Hybrid;

namespace PgScale.Caching.Serialization;

/// <summary>JSON through the metadata that the options give for a type: generated where there is a context, else reflected.</summary>
internal sealed class JsonValueSerializer<T>(JsonSerializerOptions options) : IHybridCacheSerializer<T>
{
    private readonly Lazy<JsonTypeInfo<T>> _type = new(() => Find(options));

    public T Deserialize(ReadOnlySequence<byte> source)
    {
        var reader = new Utf8JsonReader(source);
        return JsonSerializer.Deserialize(ref reader, _type.Value)!;
    }

    public void Serialize(T value, IBufferWriter<byte> target)
    {
        using var writer = new Utf8JsonWriter(target);
        JsonSerializer.Serialize(writer, value, _type.Value);
    }

    private static JsonTypeInfo<T> Find(JsonSerializerOptions options) =>
        options.TryGetTypeInfo(typeof(T), out var found) ? (JsonTypeInfo<T>)found : throw new NotSupportedException(
            $"There is no JSON metadata for {typeof(T)} and reflection is switched off. "
            + "Set PgScale:Caching Json.TypeInfoResolver to a JsonSerializerContext that has the type, or register an IHybridCacheSerializer for it.");
}
