using System.Data.Common;

namespace PgScale.Routing;

/// <summary>A tier's reads in the shape that EF Core and Dapper take.</summary>
internal sealed class RoutedDataSource(ReplicaRouter router, ReadOptions options) : DbDataSource
{
    // There is not one connection string: each connection has that of its node.
    public override string ConnectionString => "";

    protected override DbConnection CreateDbConnection() => new RoutedConnection(router, options);
}
