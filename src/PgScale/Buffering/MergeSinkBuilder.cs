using PgScale.Buffering.Holding;
using PgScale.Buffering.Sinks;

namespace PgScale.Buffering;

/// <summary>Says how items of one key become one row.</summary>
/// <typeparam name="T">The items.</typeparam>
/// <typeparam name="TKey">The key.</typeparam>
public sealed class MergeSinkBuilder<T, TKey>
    where TKey : notnull
{
    private readonly List<MergeColumn<T>> _columns = [];
    private readonly TableName _table;
    private readonly MergeKey<T, TKey> _key;
    private readonly Action<Func<SinkPlan<T>>> _use;

    private MergeGuard<T>? _guard;
    private bool _insertsMissing = true;

    internal MergeSinkBuilder(TableName table, MergeKey<T, TKey> key, Action<Func<SinkPlan<T>>> use)
    {
        _table = table;
        _key = key;
        _use = use;
        use(ToPlan);
    }

    /// <summary>One more column that tells rows apart. Call it before the merged columns.</summary>
    /// <typeparam name="TNext">The type of its values.</typeparam>
    /// <param name="name">The column's name.</param>
    /// <param name="select">The value of an item; never null.</param>
    /// <exception cref="InvalidOperationException">A merged column was named before.</exception>
    public MergeSinkBuilder<T, (TKey First, TNext Next)> Key<TNext>(string name, Func<T, TNext> select)
        where TNext : notnull
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(select);
        return _columns.Count == 0
            ? new(_table, new CompositeKey<T, TKey, TNext>(_key, new(name, select)), _use)
            : throw new InvalidOperationException($"Key(\"{name}\") comes after a merged column of '{_table.Given}'. Name all keys first.");
    }

    /// <summary>Adds the values up, and adds the sum to what the row holds.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="select">What an item adds.</param>
    public MergeSinkBuilder<T, TKey> Sum(string name, Func<T, long> select) => Add(name, select, MergeRules.SumOfIntegers);

    /// <inheritdoc cref="Sum(string, Func{T, long})"/>
    public MergeSinkBuilder<T, TKey> Sum(string name, Func<T, decimal> select) => Add(name, select, MergeRules.SumOfDecimals);

    /// <inheritdoc cref="Sum(string, Func{T, long})"/>
    public MergeSinkBuilder<T, TKey> Sum(string name, Func<T, double> select) => Add(name, select, MergeRules.SumOfDoubles);

    /// <summary>Keeps the greatest value, that of the row included.</summary>
    /// <typeparam name="TValue">The type of the values.</typeparam>
    /// <param name="name">The column's name.</param>
    /// <param name="select">The value of an item.</param>
    public MergeSinkBuilder<T, TKey> Max<TValue>(string name, Func<T, TValue> select)
        where TValue : struct, IComparable<TValue> => Add(name, select, MergeRules.Max<TValue>());

    /// <summary>Keeps the least value, that of the row included.</summary>
    /// <inheritdoc cref="Max{TValue}"/>
    public MergeSinkBuilder<T, TKey> Min<TValue>(string name, Func<T, TValue> select)
        where TValue : struct, IComparable<TValue> => Add(name, select, MergeRules.Min<TValue>());

    /// <summary>Keeps the value that came last, in place of what the row holds.</summary>
    /// <inheritdoc cref="Max{TValue}"/>
    public MergeSinkBuilder<T, TKey> Last<TValue>(string name, Func<T, TValue> select) => Add(name, select, MergeRules.Last<TValue>());

    /// <summary>Keeps what the row holds unless that is NULL, else the value that came first.</summary>
    /// <inheritdoc cref="Max{TValue}"/>
    public MergeSinkBuilder<T, TKey> First<TValue>(string name, Func<T, TValue> select) => Add(name, select, MergeRules.First<TValue>());

    /// <summary>True once any value is.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="select">The value of an item.</param>
    public MergeSinkBuilder<T, TKey> Or(string name, Func<T, bool> select) => Add(name, select, MergeRules.Or);

    /// <summary>Merges by a rule of your own, in memory and in SQL.</summary>
    /// <typeparam name="TValue">The type of the values.</typeparam>
    /// <param name="name">The column's name.</param>
    /// <param name="select">The value of an item.</param>
    /// <param name="combine">The held and the next value into one. Quick: it runs at the enqueue, under a lock.</param>
    /// <param name="sql">An SQL expression that does the same to <c>{stored}</c>, what the row holds, and <c>{given}</c>. It is sent as it is: never build it from input.</param>
    public MergeSinkBuilder<T, TKey> Merge<TValue>(string name, Func<T, TValue> select, Func<TValue, TValue, TValue> combine, string sql)
    {
        ArgumentNullException.ThrowIfNull(combine);
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        return Add(name, select, new("Merge", combine, (stored, given) =>
            sql.Replace("{stored}", stored, StringComparison.Ordinal).Replace("{given}", given, StringComparison.Ordinal)));
    }

    /// <summary>
    /// Keeps the latest moment, and writes the row only when that is later than what the row holds by more than a span: such as
    /// <c>last_seen</c> once an hour. The guard is both in memory and in the SQL, so that many processes together stay within it.
    /// </summary>
    /// <param name="name">The column's name.</param>
    /// <param name="select">The moment of an item.</param>
    /// <param name="span">The least change that is written.</param>
    public MergeSinkBuilder<T, TKey> MaxIfChangedByMoreThan(string name, Func<T, DateTime> select, TimeSpan span) =>
        Guard(name, select, static moment => moment.Ticks, MergeRules.Max<DateTime>(), span);

    /// <inheritdoc cref="MaxIfChangedByMoreThan(string, Func{T, DateTime}, TimeSpan)"/>
    public MergeSinkBuilder<T, TKey> MaxIfChangedByMoreThan(string name, Func<T, DateTimeOffset> select, TimeSpan span) =>
        Guard(name, select, static moment => moment.UtcTicks, MergeRules.Max<DateTimeOffset>(), span);

    /// <summary>Changes rows that exist and inserts none: items of a key that has no row are forgotten at the flush.</summary>
    public MergeSinkBuilder<T, TKey> UpdateOnly()
    {
        _insertsMissing = false;
        return this;
    }

    internal SinkPlan<T> ToPlan() => _columns.Count == 0
        ? throw new InvalidOperationException($"MergeInto(\"{_table.Given}\") merges no column. Call Sum, Max or another rule for each column.")
        : _guard is not null && _columns.Find(column => column.RuleName is "Sum" or "Merge") is { } counted
            ? throw new InvalidOperationException(
                $"'{_table.Given}' merges '{counted.Name}' by {counted.RuleName} beside the guarded '{_guard.Column}', so that what is skipped would be lost. Use a second buffer for it.")
            : new Plan(_table, _key, [.. _columns], _guard, _insertsMissing);

    private MergeSinkBuilder<T, TKey> Guard<TValue>(string name, Func<T, TValue> select, Func<TValue, long> ticks, MergeRule<TValue> rule, TimeSpan span)
        where TValue : struct
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero);
        if (_guard is not null)
        {
            throw new InvalidOperationException($"'{_table.Given}' has a guard on '{_guard.Column}' already. Use one.");
        }

        Add(name, select, rule);
        _guard = new(name, item => ticks(select(item)), (cells, slot) => ticks(((ValueCells<T, TValue>)cells)[slot]), span);
        return this;
    }

    private MergeSinkBuilder<T, TKey> Add<TValue>(string name, Func<T, TValue> select, MergeRule<TValue> rule)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(select);
        if (_columns.Exists(other => other.Name == name) || _key.Columns.Contains(name, StringComparer.Ordinal))
        {
            throw new ArgumentException($"Column '{name}' of '{_table.Given}' is mapped twice. Map it once.", nameof(name));
        }

        _columns.Add(new RuleColumn<T, TValue>(name, select, rule));
        return this;
    }

    private sealed class Plan(TableName table, MergeKey<T, TKey> key, MergeColumn<T>[] columns, MergeGuard<T>? guard, bool insertsMissing) : SinkPlan<T>
    {
        internal override ItemStore<T> CreateStore(BatchLimits limits, int copyFromRows, Func<T, long>? sizeOf, TimeProvider time) =>
            new MergeStore<T, TKey>(new(table, key, columns, guard, insertsMissing, sizeOf), limits, time);

        internal override string? ProblemWith(FullPolicy policy) =>
            policy == FullPolicy.DropOldest ? $"is DropOldest, but '{table.Given}' is merged by key and has no oldest item. Use Wait, Reject or DropNewest." : null;
    }
}
