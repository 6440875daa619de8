using Npgsql;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>Runs one write on the primary, waits for a new one when it is gone, and never does a write twice without leave.</summary>
/// <remarks>
/// The transaction is the router's: until it sends COMMIT nothing is applied, so a connection lost before that is retried. After that
/// the outcome is unknown, and said to be.
/// </remarks>
internal sealed class WriteExecutor(
    ClusterMonitor monitor, SessionOpener opener, TierRoutes routes, NodeConnections connections, ReplicaRouterOptions options, ReplicaRouterMetrics metrics, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private int _waiting;

    internal async Task<WriteResult<T>> RunAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> write, WriteOptions writeOptions, CancellationToken cancellationToken)
    {
        var tier = routes.Get(writeOptions.Tier);
        var deadline = new WriteDeadline(writeOptions.FailoverTimeout ?? options.FailoverTimeout, time);
        while (true)
        {
            var session = await OpenAsync(tier, deadline, cancellationToken).ConfigureAwait(false);
            var commitSent = false;
            try
            {
                // Closing the connection ends the transaction; disposing it would wait for a primary that hangs.
                _ = await session.RunAsync(
                    (connection, cancelled) => connections.BeginTransactionAsync(connection, session.State, tier.WriteProfile, writeOptions.IsolationLevel, cancelled).AsTask(),
                    cancellationToken).ConfigureAwait(false);
                var value = await session.RunAsync(write, cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                commitSent = true;
                var token = await session.RunAsync(CommitAsync, CancellationToken.None).ConfigureAwait(false); // sent: from here on it cannot be taken back
                await session.SucceedAsync().ConfigureAwait(false);
                return new(value, token);
            }
            catch (Exception failure)
            {
                var isLost = IsOfServer(failure) && (commitSent || IsDemoted(failure) || ReadFailures.Classify(failure, session.Connection) == ReadFailure.Node);
                await EndAsync(session, failure, isLost).ConfigureAwait(false);
                if (!isLost)
                {
                    throw;
                }

                if (commitSent && !writeOptions.Idempotent)
                {
                    metrics.OutcomeUnknown(tier.Name);
                    throw WriteOutcomeUnknownException.After(session.State.Name, failure);
                }

                if (deadline.HasPassed)
                {
                    throw;
                }
            }

            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Opens a connection to the primary, waiting for one within the limit.</summary>
    /// <exception cref="PrimaryUnavailableException">There was none in time, or too many writes wait already.</exception>
    internal async Task<NodeSession> OpenAsync(TierRoute tier, WriteDeadline deadline, CancellationToken cancellationToken)
    {
        for (Exception? last = null; ;)
        {
            var (lane, primary) = await FindPrimaryAsync(tier, deadline, last, cancellationToken).ConfigureAwait(false);
            try
            {
                return await opener.OpenAsync(lane, primary, new(tier.WriteProfile, IsPrimary: true, IsRepeatable: false), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (IsOfServer(failure) || failure is TimeoutException)
            {
                last = failure; // nothing was sent
            }

            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<(NodeLane Lane, NodeState State)> FindPrimaryAsync(TierRoute tier, WriteDeadline deadline, Exception? last, CancellationToken cancellationToken)
    {
        if (last is null && monitor.Current.Primary is { IsReadOnly: false } known && tier.Primary is { } ready && ReferenceEquals(ready.Node, known.Node))
        {
            return (ready, known);
        }

        if (Interlocked.Increment(ref _waiting) > options.MaxWaitingWrites)
        {
            Interlocked.Decrement(ref _waiting);
            throw new PrimaryUnavailableException(
                $"{monitor.Current.PrimaryProblem} {options.MaxWaitingWrites} writes wait for a primary already (PgScale:Routing:MaxWaitingWrites).".TrimStart(), last!);
        }

        try
        {
            return await WaitForPrimaryAsync(tier, deadline, last, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async Task<(NodeLane Lane, NodeState State)> WaitForPrimaryAsync(TierRoute tier, WriteDeadline deadline, Exception? last, CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        using var late = new CancellationTokenSource(deadline.Left, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            if (deadline.HasPassed)
            {
                both.Token.ThrowIfCancellationRequested();
            }

            var snapshot = await monitor.WaitForAsync(
                known => known.Primary is { IsReadOnly: false } primary && (last is null || known.TakenAt >= startedAt || tier.Primary?.FailuresInARow == 0) && tier.Primary is not null,
                both.Token).ConfigureAwait(false);
            tier.Follow(snapshot);
            metrics.WaitedForPrimary(tier.Name, time.GetElapsedTime(startedAt));
            return (tier.Primary!, snapshot.Primary!);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var problem = monitor.Current.PrimaryProblem is { Length: > 0 } known ? known : "The primary cannot be written to.";
            throw new PrimaryUnavailableException($"{problem} The write waited {deadline.Limit.TotalSeconds:0.#} s and was not sent (PgScale:Routing:FailoverTimeout).", last!);
        }
    }

    private Task<ConsistencyToken> CommitAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ConsistencyToken.CommitAsync(connection, time, cancellationToken);

    private async ValueTask EndAsync(NodeSession session, Exception failure, bool isLost)
    {
        if (IsDemoted(failure))
        {
            NpgsqlConnection.ClearPool(session.Connection); // the node was demoted: none of its pooled connections can write
        }

        await session.FailAsync(isLost ? ReadFailure.Node : ReadFailure.Statement).ConfigureAwait(false);
        if (isLost)
        {
            monitor.ReportFailure(session.State.Name, failure);
        }
    }

    private static bool IsDemoted(Exception failure) => failure is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    private static bool IsOfServer(Exception failure) => ServerFailure.Concerns(failure);
}
