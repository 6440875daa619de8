using System.Text.Json;
using Npgsql;

namespace PgScale.Buffering.Sinks;

/// <summary>The columns that tell rows apart, as one value.</summary>
internal abstract class MergeKey<T, TKey>
    where TKey : notnull
{
    /// <summary>The columns.</summary>
    internal abstract IReadOnlyList<string> Columns { get; }

    /// <summary>The types of their values, for messages.</summary>
    internal abstract IReadOnlyList<Type> ValueTypes { get; }

    /// <summary>The order in which keys are sent, the same in all processes; null when they have none.</summary>
    internal abstract IComparer<TKey>? Order { get; }

    internal abstract TKey Of(T item);

    /// <summary>What a key takes outside its slot.</summary>
    internal abstract long SizeOf(TKey key);

    /// <summary>Adds an array for each column.</summary>
    internal abstract void Gather(NpgsqlParameterCollection parameters, ReadOnlySpan<TKey> keys, ReadOnlySpan<string> types);

    internal abstract void Describe(Utf8JsonWriter json, TKey key);
}
