using Npgsql;

namespace PgScale.Buffering.Sinks;

/// <summary>Makes the array parameter of a column.</summary>
internal static class ColumnArray
{
    internal static NpgsqlParameter Gather<T, TValue>(T[] items, Func<T, TValue> select, RowRange range, string type)
    {
        var values = new TValue[range.Count];
        for (var row = range.From; row < range.End; row++)
        {
            try
            {
                values[row - range.From] = select(items[row]);
            }
            catch (Exception fault)
            {
                throw new RowFaultException(row - range.From, fault);
            }
        }

        return Of(values, type);
    }

    internal static NpgsqlParameter Of<TValue>(TValue[] values, string type)
    {
        for (var row = 0; Moment.Concerns<TValue>(type) && row < values.Length; row++)
        {
            values[row] = Moment.InUtc(values[row], type);
        }

        return new NpgsqlParameter<TValue[]> { TypedValue = values, DataTypeName = $"{type}[]" };
    }
}
