using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace PgScale.Routing;

/// <summary>A tier's reads in the shape that EF Core and Dapper take.</summary>
internal sealed class RoutedDataSource(ReplicaRouter router, ReadOptions options) : DbDataSource
{
    // There is not one connection string: each connection has that of its node.
    public override string ConnectionString => "";

    protected override DbConnection CreateDbConnection() => new RoutedConnection(router, options);

    protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
    {
        var lease = await router.OpenReadAsync(options, cancellationToken).ConfigureAwait(false);
        lease.Connection.StateChange += (_, change) => GiveBack(lease, change);
        return lease.Connection;
    }

    [SuppressMessage("Usage", "VSTHRD110:Observe result of async calls", Justification = "The connection is closed already; only counters are left to change.")]
    private static void GiveBack(ReadLease lease, StateChangeEventArgs change)
    {
        if (change.CurrentState is ConnectionState.Closed or ConnectionState.Broken)
        {
            _ = lease.DisposeAsync().AsTask();
        }
    }
}
