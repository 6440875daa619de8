using PgScale.Buffering.Sinks;

namespace PgScale.Buffering;

/// <summary>Says by which column items are merged.</summary>
/// <typeparam name="T">The items.</typeparam>
public sealed class MergeKeyBuilder<T>
{
    private readonly TableName _table;
    private readonly Action<Func<SinkPlan<T>>> _use;

    internal MergeKeyBuilder(string table, Action<Func<SinkPlan<T>>> use)
    {
        _table = TableName.Parse(table);
        _use = use;
    }

    /// <summary>The column that tells rows apart, or the first of them; the table needs a unique index on all of them together.</summary>
    /// <typeparam name="TKey">The type of its values: a number, a text, a Guid, a date or anything else with a value's equality.</typeparam>
    /// <param name="name">The column's name.</param>
    /// <param name="select">The key of an item; never null.</param>
    public MergeSinkBuilder<T, TKey> Key<TKey>(string name, Func<T, TKey> select)
        where TKey : notnull
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(select);
        return new(_table, new ColumnKey<T, TKey>(name, select), _use);
    }
}
