using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Benchmarks.Caching.Races;

/// <summary>Rows behind the router: a write gives a token, and a load hands over the one that the cache asks for.</summary>
internal sealed class RoutedRows(ReplicaRouter router) : IRowStore
{
    public async ValueTask<(long Version, ConsistencyToken Token)> WriteAsync(int row)
    {
        var written = await router.WriteAsync((connection, cancellationToken) => VersionedRows.WriteAsync(connection, row, cancellationToken));
        return (written.Value, written.Token);
    }

    public async ValueTask<long> ReadAsync(int row, ConsistencyToken token, CancellationToken cancellationToken) => await router.ReadAsync(
        (connection, cancellation) => VersionedRows.ReadAsync(connection, row, cancellation), new ReadOptions { Token = token }, cancellationToken);
}
