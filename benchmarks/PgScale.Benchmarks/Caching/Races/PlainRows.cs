using Npgsql;
using PgScale.Cluster;

namespace PgScale.Benchmarks.Caching.Races;

/// <summary>Rows as an application with a replica has them today: writes to the primary, loads from the replica.</summary>
internal sealed class PlainRows(IEnumerable<string> nodes) : IRowStore, IAsyncDisposable
{
    private readonly NpgsqlDataSource[] _nodes = [.. nodes.Select(NpgsqlDataSource.Create)];

    public async ValueTask<(long Version, ConsistencyToken Token)> WriteAsync(int row)
    {
        await using var connection = await _nodes[0].OpenConnectionAsync();
        return (await VersionedRows.WriteAsync(connection, row, CancellationToken.None), ConsistencyToken.None);
    }

    public async ValueTask<long> ReadAsync(int row, ConsistencyToken token, CancellationToken cancellationToken)
    {
        await using var connection = await _nodes[^1].OpenConnectionAsync(cancellationToken);
        return await VersionedRows.ReadAsync(connection, row, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }
}
