namespace PgScale.Buffering.Holding;

/// <summary>What was last written for the keys that were written last; forgets the older half when it is full.</summary>
internal sealed class RecentKeys<TKey>(int most)
    where TKey : notnull
{
    private Dictionary<TKey, long> _newer = [];
    private Dictionary<TKey, long> _older = [];

    /// <summary>Whether a value differs from what was written by no more than a span.</summary>
    internal bool IsWithin(TKey key, long ticks, long span) =>
        (_newer.TryGetValue(key, out var written) || _older.TryGetValue(key, out written)) && ticks - written <= span;

    internal void Note(TKey key, long ticks)
    {
        if (_newer.Count >= Math.Max(1, most / 2))
        {
            (_newer, _older) = (_older, _newer);
            _newer.Clear();
        }

        _newer[key] = ticks;
    }
}
