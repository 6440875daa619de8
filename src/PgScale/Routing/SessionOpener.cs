using Npgsql;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>Opens connections on lanes: few at a time per node, within a time limit, with the tier's guards.</summary>
internal sealed class SessionOpener(NodeConnections connections, ClusterMonitor monitor, ReplicaRouterOptions options, TimeProvider time)
{
    /// <summary>Opens a session; a node that fails to answer is charged for it and reported.</summary>
    /// <exception cref="NpgsqlException">The node cannot be reached.</exception>
    /// <exception cref="TimeoutException">It did not answer in time.</exception>
    internal async ValueTask<NodeSession> OpenAsync(NodeLane lane, NodeState state, SessionPurpose purpose, CancellationToken cancellationToken)
    {
        var startedAt = lane.Enter();
        NpgsqlConnection? connection = null;
        try
        {
            connection = await ConnectAsync(lane, purpose, cancellationToken).ConfigureAwait(false);
            var transaction = state.Node.Pooler == PoolerMode.None || !purpose.Profile.ReadOnly
                ? null
                : await BeginAsync(connection, lane, state, purpose, cancellationToken).ConfigureAwait(false);
            return new(lane, state, connection, transaction, purpose, startedAt: time.GetTimestamp());
        }
        catch (Exception failure)
        {
            if (connection is not null && failure is not NodeLostException)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }

            Charge(lane, startedAt, purpose, failure, cancellationToken);
            purpose.OnEnd?.Invoke();
            throw;
        }
    }

    private async ValueTask<NpgsqlConnection> ConnectAsync(NodeLane lane, SessionPurpose purpose, CancellationToken cancellationToken)
    {
        if (!lane.Opens.Wait(0, CancellationToken.None))
        {
            await WaitForTurnAsync(lane, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await ConnectAsync(PoolOf(lane, purpose.Profile), lane, purpose, cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectDisposedException) when (lane.Pool is not null)
        {
            lane.Pool = null; // a reload has closed it since it was looked up
            return await ConnectAsync(PoolOf(lane, purpose.Profile), lane, purpose, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lane.Opens.Release();
        }
    }

    private async ValueTask<NpgsqlConnection> ConnectAsync(NpgsqlDataSource pool, NodeLane lane, SessionPurpose purpose, CancellationToken cancellationToken)
    {
        var connection = pool.CreateConnection();
        var opening = connection.OpenAsync(CancellationToken.None); // ends at once when the pool has one
        if (!opening.IsCompletedSuccessfully)
        {
            await OpenPatientlyAsync(opening, connection, lane, purpose, cancellationToken).ConfigureAwait(false);
        }

        return connection;
    }

    private NpgsqlDataSource PoolOf(NodeLane lane, in SessionProfile profile)
    {
        if (!profile.ReadOnly)
        {
            return connections.GetDataSource(lane.Node, profile);
        }

        var settings = monitor.Settings;
        if (lane.Pool is { } known && ReferenceEquals(known.Settings, settings))
        {
            return known.Source;
        }

        var pool = connections.GetDataSource(lane.Node, profile);
        lane.Pool = new(settings, pool);
        return pool;
    }

    private async Task WaitForTurnAsync(NodeLane lane, CancellationToken cancellationToken)
    {
        if (!await lane.Opens.WaitAsync(options.ConnectTimeout, cancellationToken).ConfigureAwait(false))
        {
            throw new TimeoutException(
                $"{options.MaxConcurrentOpens} connections to {lane.Node} are being opened already and none was ready within {options.ConnectTimeout.TotalMilliseconds:0} ms "
                + "(PgScale:Routing:MaxConcurrentOpens, ConnectTimeout).");
        }
    }

    // An opening that takes too long is left to end by itself: Npgsql cannot take it back while the server hangs.
    private async Task OpenPatientlyAsync(Task opening, NpgsqlConnection connection, NodeLane lane, SessionPurpose purpose, CancellationToken cancellationToken)
    {
        var wait = lane.Waits.Begin(purpose.IsRepeatable ? time.GetTimestamp() : LaneWaits.Never, isReusable: false);
        var ended = wait.Until(opening);
        await using var late = time.CreateTimer(static waiting => ((LaneWait)waiting!).GiveUp(), wait, options.ConnectTimeout, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        await using var cancelled = cancellationToken.UnsafeRegister(static waiting => ((LaneWait)waiting!).GiveUp(), wait).ConfigureAwait(false);
        if (!await ended.ConfigureAwait(false))
        {
            _ = CloseLateAsync(opening, connection);
            cancellationToken.ThrowIfCancellationRequested();
            throw lane.IsSuspect || lane.Waits.IsDown
                ? new NodeLostException(lane.Node.Name)
                : new TimeoutException($"No connection to {lane.Node} within {options.ConnectTimeout.TotalMilliseconds:0} ms (PgScale:Routing:ConnectTimeout).");
        }

        try
        {
            await opening.ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // Behind a pooler the first statement goes out here, so this is where a node that hangs is met.
    private async ValueTask<NpgsqlTransaction> BeginAsync(
        NpgsqlConnection connection, NodeLane lane, NodeState state, SessionPurpose purpose, CancellationToken cancellationToken)
    {
        var beginning = connections.BeginTransactionAsync(connection, state, purpose.Profile, cancellationToken: cancellationToken).AsTask();
        if (!beginning.IsCompleted && !await lane.Waits.Begin(purpose.IsRepeatable ? time.GetTimestamp() : LaneWaits.Never).Until(beginning).ConfigureAwait(false))
        {
            _ = CloseLateAsync(beginning, connection);
            throw new NodeLostException(state.Name);
        }

        return await beginning.ConfigureAwait(false);
    }

    private static async Task CloseLateAsync(Task work, NpgsqlConnection connection)
    {
        await Task.WhenAny(work).ConfigureAwait(false);
        _ = work.Exception;
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private void Charge(NodeLane lane, long startedAt, in SessionPurpose purpose, Exception failure, CancellationToken cancellationToken)
    {
        var isCancelled = failure is OperationCanceledException && cancellationToken.IsCancellationRequested;
        if (isCancelled || failure is not (NpgsqlException or TimeoutException) || lane.InFlight > purpose.Profile.MaxPoolSize)
        {
            lane.LeaveUnmeasured(); // what this process did, or a wait for one of its own connections, says nothing of the node
            return;
        }

        if (failure is NodeLostException)
        {
            lane.LeaveAbandoned(options.ConnectTimeout);
            return;
        }

        lane.LeaveFailed(startedAt, options.ConnectTimeout);
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
