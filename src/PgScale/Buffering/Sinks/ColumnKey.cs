using System.Text.Json;
using Npgsql;

namespace PgScale.Buffering.Sinks;

/// <summary>A key of one column.</summary>
internal sealed class ColumnKey<T, TKey> : MergeKey<T, TKey>
    where TKey : notnull
{
    private readonly string _name;
    private readonly Func<T, TKey> _select;

    private int _kind = -1;

    internal ColumnKey(string name, Func<T, TKey> select)
    {
        _name = name;
        _select = select is Func<T, DateTime> moment ? (Func<T, TKey>)(object)OfOneKind(moment) : Rounded(select);
        if (typeof(TKey).IsArray)
        {
            throw new ArgumentException($"Key column '{name}': arrays compare by reference in .NET, so equal keys would not be merged. Use a Guid, a number or a text.", nameof(select));
        }
    }

    internal override IReadOnlyList<string> Columns => [_name];

    internal override IReadOnlyList<Type> ValueTypes => [typeof(TKey)];

    internal override IComparer<TKey>? Order => typeof(TKey) == typeof(string) ? (IComparer<TKey>)StringComparer.Ordinal
        : typeof(IComparable<TKey>).IsAssignableFrom(typeof(TKey)) ? Comparer<TKey>.Default
        : null;

    internal override TKey Of(T item) => _select(item) ?? throw new ArgumentException($"The key column '{_name}' is null. Give each item a key.", nameof(item));

    internal override long SizeOf(TKey key) => ColumnSize.IsFixed<TKey>() ? 0 : ColumnSize.Of(key);

    internal override void Gather(NpgsqlParameterCollection parameters, ReadOnlySpan<TKey> keys, ReadOnlySpan<string> types) =>
        parameters.Add(ColumnArray.Of(keys.ToArray(), types[0]));

    internal override void Describe(Utf8JsonWriter json, TKey key)
    {
        json.WritePropertyName(_name);
        JsonValue.Write(json, key);
    }

    // PostgreSQL keeps microseconds: moments that differ by less are one key there, and must be one here.
    private static Func<T, TKey> Rounded(Func<T, TKey> select) => select switch
    {
        Func<T, DateTimeOffset> moment => (Func<T, TKey>)(object)(Func<T, DateTimeOffset>)(item => moment(item) is var at ? at.AddTicks(-(at.Ticks % TimeSpan.TicksPerMicrosecond)) : default),
        _ => select,
    };

    // Moments that differ in their kind alone are equal in .NET, and another moment in the table.
    private Func<T, DateTime> OfOneKind(Func<T, DateTime> select) => item =>
    {
        var moment = select(item);
        var first = Interlocked.CompareExchange(ref _kind, (int)moment.Kind, -1);
        return first == -1 || first == (int)moment.Kind
            ? moment.AddTicks(-(moment.Ticks % TimeSpan.TicksPerMicrosecond))
            : throw new ArgumentException($"A key for column '{_name}' is of kind {moment.Kind}, and the first one was {(DateTimeKind)first}. Give all keys in one kind, Utc for timestamptz.", nameof(item));
    };
}
