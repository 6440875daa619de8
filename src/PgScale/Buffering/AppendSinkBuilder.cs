using PgScale.Buffering.Holding;
using PgScale.Buffering.Sinks;

namespace PgScale.Buffering;

/// <summary>Says which columns an append fills.</summary>
/// <typeparam name="T">The items.</typeparam>
public sealed class AppendSinkBuilder<T>
{
    private readonly List<Column<T>> _columns = [];
    private readonly TableName _table;

    internal AppendSinkBuilder(string table) => _table = TableName.Parse(table);

    /// <summary>Fills a column. Its type in the table decides how the value is sent: a text goes into <c>jsonb</c> as it goes into <c>text</c>.</summary>
    /// <typeparam name="TValue">The type of its values.</typeparam>
    /// <param name="name">The column's name, upper and lower case as in the table.</param>
    /// <param name="select">The value of an item. Called at the flush, and at the enqueue for its size when it is a text or another object.</param>
    /// <exception cref="ArgumentException">The column is mapped already.</exception>
    public AppendSinkBuilder<T> Column<TValue>(string name, Func<T, TValue> select)
    {
        ArgumentNullException.ThrowIfNull(select);
        return Add(name, new ValueColumn<T, TValue>(name, select));
    }

    /// <inheritdoc cref="Column{TValue}(string, Func{T, TValue})"/>
    public AppendSinkBuilder<T> Column<TValue>(string name, Func<T, TValue?> select)
        where TValue : struct
    {
        ArgumentNullException.ThrowIfNull(select);
        return Add(name, new NullableColumn<T, TValue>(name, select));
    }

    internal SinkPlan<T> ToPlan() => _columns.Count > 0
        ? new Plan(_table, [.. _columns])
        : throw new InvalidOperationException($"AppendTo(\"{_table.Given}\") fills no column. Call Column for each column that it fills.");

    private AppendSinkBuilder<T> Add(string name, Column<T> column)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (_columns.Exists(other => other.Name == name))
        {
            throw new ArgumentException($"Column '{name}' of '{_table.Given}' is mapped twice. Map it once.", nameof(name));
        }

        _columns.Add(column);
        return this;
    }

    private sealed class Plan(TableName table, Column<T>[] columns) : SinkPlan<T>
    {
        internal override ItemStore<T> CreateStore(BatchLimits limits, int copyFromRows, Func<T, long>? sizeOf, TimeProvider time) =>
            new SegmentStore<T>(new AppendSink<T>(table, columns, sizeOf, copyFromRows), limits, time);
    }
}
