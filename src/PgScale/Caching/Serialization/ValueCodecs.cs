using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace PgScale.Caching.Serialization;

/// <summary>
/// Finds the codec of a type: a registered serializer, a registered factory (the last first), text and bytes as they are, else JSON.
/// </summary>
internal sealed class ValueCodecs(IServiceProvider services, string instance, JsonSerializerOptions? json, IEnumerable<Type> immutableTypes)
{
    private readonly ConcurrentDictionary<Type, object> _codecs = new();
    private readonly HashSet<Type> _immutable = [.. immutableTypes];
    private readonly JsonSerializerOptions _json = WithResolver(json);

    internal ValueCodec<T> Get<T>() =>
        (ValueCodec<T>)_codecs.GetOrAdd(typeof(T), static (_, codecs) => codecs.Create<T>(), this);

    private ValueCodec<T> Create<T>() => new(FindSerializer<T>(), IsImmutable<T>());

    private bool IsImmutable<T>() =>
        typeof(T) == typeof(string)
        || !RuntimeHelpers.IsReferenceOrContainsReferences<T>()
        || _immutable.Contains(typeof(T))
        || typeof(T).GetCustomAttribute<ImmutableObjectAttribute>() is { Immutable: true };

    private IHybridCacheSerializer<T> FindSerializer<T>()
    {
        if ((services.GetKeyedService<IHybridCacheSerializer<T>>(instance) ?? services.GetService<IHybridCacheSerializer<T>>()) is { } own)
        {
            return own;
        }

        var factories = services.GetServices<IHybridCacheSerializerFactory>()
            .Concat(services.GetKeyedServices<IHybridCacheSerializerFactory>(instance));
        foreach (var factory in factories.Reverse())
        {
            if (factory.TryCreateSerializer<T>(out var made))
            {
                return made;
            }
        }

        return typeof(T) == typeof(string) ? (IHybridCacheSerializer<T>)(object)new TextSerializer()
            : typeof(T) == typeof(byte[]) ? (IHybridCacheSerializer<T>)(object)new BytesSerializer()
            : new JsonValueSerializer<T>(_json);
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only where reflection is switched on for JSON, which trimmed builds switch off.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Only where reflection is switched on for JSON, which AOT builds switch off.")]
    private static JsonSerializerOptions WithResolver(JsonSerializerOptions? configured)
    {
        var options = configured ?? new JsonSerializerOptions();
        if (options.TypeInfoResolver is null && JsonSerializer.IsReflectionEnabledByDefault)
        {
            options = new(options) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        }

        return options;
    }
}
