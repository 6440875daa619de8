using System.Text.Json;
using Npgsql;

namespace PgScale.Buffering.Sinks;

/// <inheritdoc/>
internal sealed class RuleColumn<T, TValue>(string name, Func<T, TValue> select, MergeRule<TValue> rule) : MergeColumn<T>(name)
{
    internal override string RuleName => rule.Name;

    internal override Type ValueType => typeof(TValue);

    internal override string? SentType => rule.Type;

    internal override MergeCells<T> CreateCells() => new ValueCells<T, TValue>(select, rule);

    internal override long SizeOf(T item) => System.Runtime.CompilerServices.Unsafe.SizeOf<TValue>() + (ColumnSize.IsFixed<TValue>() ? 0 : ColumnSize.Of(select(item)));

    internal override string Combine(string stored, string given) => rule.Sql(stored, given);

    internal override NpgsqlParameter Gather(MergeCells<T>[] cells, ReadOnlySpan<MergePlace> places, string type)
    {
        var values = new TValue[places.Length];
        for (var row = 0; row < values.Length; row++)
        {
            values[row] = ((ValueCells<T, TValue>)cells[places[row].Part])[places[row].Slot];
        }

        return ColumnArray.Of(values, type);
    }

    internal override void Describe(Utf8JsonWriter json, MergeCells<T> cells, int slot) => JsonValue.Write(json, ((ValueCells<T, TValue>)cells)[slot]);
}
