namespace PgScale.Buffering.Holding;

/// <summary>A share of the keys, behind a lock of its own.</summary>
internal sealed class MergeStripe<T, TKey>(MergeTable<T, TKey> live, int recentKeys)
    where TKey : notnull
{
    internal Lock Lock { get; } = new();

    /// <summary>Where items are merged now.</summary>
    internal MergeTable<T, TKey> Live { get; set; } = live;

    /// <summary>What the guard knows of keys that were written.</summary>
    internal RecentKeys<TKey> Recent { get; } = new(recentKeys);
}
