using PgScale.Benchmarks.Caching.Sides;

namespace PgScale.Benchmarks.Caching.Races;

/// <summary>The rows that belong to a side.</summary>
internal static class RowStores
{
    public static IRowStore For(CacheSetup setup, ICacheSide cache, SharedNumbers shared) =>
        setup.Nodes.Count == 0 ? shared
        : cache is PgScaleCache ours ? new RoutedRows(ours.Router)
        : new PlainRows(setup.Nodes.Values);
}
