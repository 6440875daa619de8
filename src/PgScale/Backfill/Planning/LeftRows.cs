using PgScale.Backfill.Ledger;
using PgScale.Cluster;

namespace PgScale.Backfill.Planning;

/// <summary>Counts the rows that a guard still lets through: on a replica that has everything, so that the primary is spared.</summary>
internal sealed class LeftRows(ClusterMonitor monitor, NodeConnections connections, BackfillControls controls, string tier, TimeProvider time)
{
    private static readonly TimeSpan ReplicaPatience = TimeSpan.FromSeconds(5);

    internal async Task<long> CountAsync(BackfillDefinition definition, CancellationToken cancellationToken)
    {
        var node = await FindReaderAsync(cancellationToken).ConfigureAwait(false);
        var connection = await connections.OpenAsync(node, new(tier, ReadOnly: true, "backfill"), cancellationToken).ConfigureAwait(false);
        await using var disposing = connection.ConfigureAwait(false);
        var table = await TableReader.ReadAsync(connection, definition, cancellationToken).ConfigureAwait(false);
        return await Sql.AskAsync<long>(connection, new BatchStatements(definition, table, filter: null).CountLeft, cancellationToken).ConfigureAwait(false);
    }

    // A replica that has all that is committed now, or else the primary.
    private async Task<NodeState> FindReaderAsync(CancellationToken cancellationToken)
    {
        var token = await controls.OnPrimaryAsync(connection => ConsistencyToken.CaptureAsync(connection, time, cancellationToken), cancellationToken).ConfigureAwait(false);
        using var patience = new CancellationTokenSource(ReplicaPatience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return Find(await monitor.WaitForAsync(snapshot => Find(snapshot) is not null, linked.Token).ConfigureAwait(false))!;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return monitor.Current.GetPrimary();
        }

        NodeState? Find(ClusterSnapshot snapshot) => snapshot.Replicas.Length == 0
            ? snapshot.GetPrimary()
            : snapshot.GetFreshReplicas(tier).FirstOrDefault(replica => snapshot.CoverageOf(replica, token) == TokenCoverage.Covered);
    }
}
