using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Npgsql;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>A tier's reads in the shape that EF Core and Dapper take.</summary>
internal sealed class RoutedDataSource(ReplicaRouter router, ReadOptions options) : DbDataSource
{
    // There is not one connection string: each connection has that of its node.
    public override string ConnectionString => "";

    // Chosen now and opened later, as EF Core does: bound to its node, counted while it is open.
    protected override DbConnection CreateDbConnection()
    {
        var request = router.Resolve(options);
        var core = router.Core;
        var run = new ReadRun();
        var view = request.Tier.View;
        var index = run.Choose(view, request, covered: true);
        return index >= 0
            ? Count(core, view.Candidates[index].Lane, Profile(request), onEnd: null)
            : CreateOnPrimary(core, request);
    }

    protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
    {
        var lease = await router.OpenReadAsync(options, cancellationToken).ConfigureAwait(false);
        lease.Connection.StateChange += (_, change) => GiveBack(lease, change);
        return lease.Connection;
    }

    private static NpgsqlConnection CreateOnPrimary(RouterCore core, ReadRequest request)
    {
        var tier = request.Tier;
        if (tier.Primary is { } lane && core.Budget.TryEnter(tier.FallbackShare))
        {
            return Count(core, lane, Profile(request), core.Budget.Leave);
        }

        throw ReadRejectedException.NoNode(tier.Name, core.Budget.RetryAfter(tier.FallbackShare), tier.ExplainRefusals(request), last: null);
    }

    private static NpgsqlConnection Count(RouterCore core, NodeLane lane, SessionProfile profile, Action? onEnd)
    {
        var connection = core.Connections.GetDataSource(lane.Node, profile).CreateConnection();
        var enteredAt = 0L;
        connection.StateChange += (_, change) =>
        {
            if (change.CurrentState == ConnectionState.Open)
            {
                enteredAt = lane.Enter();
            }
            else if (change.OriginalState == ConnectionState.Open)
            {
                lane.Leave(enteredAt);
                onEnd?.Invoke();
            }
        };
        return connection;
    }

    [SuppressMessage("Usage", "VSTHRD110:Observe result of async calls", Justification = "The connection is closed already; only counters are left to change.")]
    private static void GiveBack(ReadLease lease, StateChangeEventArgs change)
    {
        if (change.CurrentState is ConnectionState.Closed or ConnectionState.Broken)
        {
            _ = lease.DisposeAsync().AsTask();
        }
    }

    private static SessionProfile Profile(ReadRequest request) =>
        new(request.Tier.Name, ReadOnly: true, "read") { MaxPoolSize = request.Tier.Settings.MaxPoolSize };
}
