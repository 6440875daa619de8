namespace PgScale.Buffering.Sinks;

/// <inheritdoc/>
internal sealed class ValueCells<T, TValue>(Func<T, TValue> select, MergeRule<TValue> rule) : MergeCells<T>
{
    private TValue[] _values = [];
    private TValue _prepared = default!;

    internal TValue this[int slot] => _values[slot];

    internal override void Prepare(int slot, T item, bool isNew) => _prepared = isNew ? select(item) : rule.Combine(_values[slot], select(item));

    internal override void Keep(int slot) => _values[slot] = _prepared;

    internal override void Grow(int slots) => Array.Resize(ref _values, slots);

    internal override void Clear(int slots) => Array.Clear(_values, 0, slots);
}
