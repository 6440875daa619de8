using Npgsql;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>Opens connections on lanes: few at a time per node, within a time limit, with the tier's guards.</summary>
internal sealed class SessionOpener(NodeConnections connections, ClusterMonitor monitor, ReplicaRouterOptions options, TimeProvider time)
{
    /// <summary>Opens a session; a node that fails to answer is charged for it and reported.</summary>
    /// <exception cref="NpgsqlException">The node cannot be reached.</exception>
    /// <exception cref="TimeoutException">It did not answer in time.</exception>
    internal async ValueTask<NodeSession> OpenAsync(
        NodeLane lane, NodeState state, SessionProfile profile, bool isPrimary, Action? onEnd, CancellationToken cancellationToken)
    {
        lane.Enter();
        NpgsqlConnection? connection = null;
        try
        {
            connection = await ConnectAsync(lane, profile, cancellationToken).ConfigureAwait(false);
            var transaction = state.Node.Pooler == PoolerMode.None || !profile.ReadOnly
                ? null
                : await connections.BeginTransactionAsync(connection, state, profile, cancellationToken: cancellationToken).ConfigureAwait(false);
            return new(lane, state, connection, transaction, startedAt: time.GetTimestamp(), isPrimary, onEnd);
        }
        catch (Exception failure)
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }

            Charge(lane, failure, cancellationToken);
            onEnd?.Invoke();
            throw;
        }
    }

    private async ValueTask<NpgsqlConnection> ConnectAsync(NodeLane lane, SessionProfile profile, CancellationToken cancellationToken)
    {
        var pool = connections.GetDataSource(lane.Node, profile);
        await lane.Opens.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var connection = pool.CreateConnection();
            var opening = connection.OpenAsync(CancellationToken.None);
            if (!opening.IsCompletedSuccessfully)
            {
                await OpenPatientlyAsync(connection, lane, cancellationToken).ConfigureAwait(false);
            }

            return connection;

            async Task OpenPatientlyAsync(NpgsqlConnection opened, NodeLane at, CancellationToken cancelled)
            {
                try
                {
                    using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
                    var late = Task.Delay(options.ConnectTimeout, time, limit.Token);
                    if (await Task.WhenAny(opening, late, at.Down).ConfigureAwait(false) != opening)
                    {
                        _ = CloseLateAsync(opening, opened);
                        cancelled.ThrowIfCancellationRequested();
                        throw new TimeoutException($"No connection to {at.Node} within {options.ConnectTimeout.TotalMilliseconds:0} ms (PgScale:Routing:ConnectTimeout).");
                    }

                    await limit.CancelAsync().ConfigureAwait(false);
                    await opening.ConfigureAwait(false);
                }
                catch
                {
                    if (opening.IsCompleted)
                    {
                        await opened.DisposeAsync().ConfigureAwait(false);
                    }

                    throw;
                }
            }
        }
        finally
        {
            lane.Opens.Release();
        }
    }

    private static async Task CloseLateAsync(Task opening, NpgsqlConnection connection)
    {
        await Task.WhenAny(opening).ConfigureAwait(false);
        _ = opening.Exception;
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private void Charge(NodeLane lane, Exception failure, CancellationToken cancellationToken)
    {
        if (failure is OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            lane.LeaveUnmeasured();
            return;
        }

        lane.LeaveFailed(options.ConnectTimeout);
        if (failure is TimeoutException)
        {
            monitor.RequestProbe(lane.Node.Name);
        }
        else
        {
            monitor.ReportFailure(lane.Node.Name, failure);
        }
    }
}
