using System.Text.Json;
using Npgsql;

namespace PgScale.Buffering.Sinks;

/// <summary>A key of several columns: those of one key, and one more.</summary>
internal sealed class CompositeKey<T, TFirst, TNext>(MergeKey<T, TFirst> first, ColumnKey<T, TNext> next) : MergeKey<T, (TFirst First, TNext Next)>
    where TFirst : notnull
    where TNext : notnull
{
    internal override IReadOnlyList<string> Columns => [.. first.Columns, .. next.Columns];

    internal override IReadOnlyList<Type> ValueTypes => [.. first.ValueTypes, .. next.ValueTypes];

    internal override IComparer<(TFirst First, TNext Next)>? Order => first.Order is { } byFirst && next.Order is { } byNext
        ? Comparer<(TFirst First, TNext Next)>.Create((left, right) => byFirst.Compare(left.First, right.First) is not 0 and var order ? order : byNext.Compare(left.Next, right.Next))
        : null;

    internal override (TFirst First, TNext Next) Of(T item) => (first.Of(item), next.Of(item));

    internal override long SizeOf((TFirst First, TNext Next) key) => first.SizeOf(key.First) + next.SizeOf(key.Next);

    internal override void Gather(NpgsqlParameterCollection parameters, ReadOnlySpan<(TFirst First, TNext Next)> keys, ReadOnlySpan<string> types)
    {
        var firsts = new TFirst[keys.Length];
        var nexts = new TNext[keys.Length];
        for (var row = 0; row < keys.Length; row++)
        {
            (firsts[row], nexts[row]) = keys[row];
        }

        first.Gather(parameters, firsts, types[..^1]);
        next.Gather(parameters, nexts, types[^1..]);
    }

    internal override void Describe(Utf8JsonWriter json, (TFirst First, TNext Next) key)
    {
        first.Describe(json, key.First);
        next.Describe(json, key.Next);
    }
}
