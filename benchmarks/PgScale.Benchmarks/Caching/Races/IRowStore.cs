using PgScale.Cluster;

namespace PgScale.Benchmarks.Caching.Races;

/// <summary>Rows that have a version each, which every write raises.</summary>
internal interface IRowStore
{
    /// <summary>Raises the version of a row.</summary>
    ValueTask<(long Version, ConsistencyToken Token)> WriteAsync(int row);

    /// <summary>The version of a row as a load sees it.</summary>
    ValueTask<long> ReadAsync(int row, ConsistencyToken token, CancellationToken cancellationToken);
}
