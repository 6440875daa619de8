using Npgsql;
using PgScale.Cluster;

namespace PgScale.Samples.Demo.Chat;

/// <summary>
/// Which server to ask, and whom else when it fails. All such code of the application is in this file; ReplicaRouter will take its
/// place.
/// </summary>
internal sealed class ChatServers(ClusterMonitor monitor, NodeConnections connections, TimeProvider time)
{
    private static readonly SessionProfile Reads = new(TierNames.Critical, ReadOnly: true, "chat");
    private static readonly SessionProfile Writes = new(TierNames.Critical, ReadOnly: false, "chat");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private uint _turn;

    /// <summary>Reads from a fresh replica that holds the token's write, or else from the primary; tries elsewhere on failure.</summary>
    /// <exception cref="OperationCanceledException">No server could answer for 20 s.</exception>
    public async Task<ChatRead<T>> ReadAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> query, ConsistencyToken token, CancellationToken cancellationToken)
    {
        var turn = Interlocked.Increment(ref _turn);
        using var deadline = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var failed = new FailedServers(time);
        while (true)
        {
            var snapshot = await monitor.WaitForAsync(known => Choose(known, token, failed, turn) is not null, linked.Token);
            if (Choose(snapshot, token, failed, turn) is not { } node)
            {
                continue;
            }

            try
            {
                await using var connection = await connections.OpenAsync(node, Reads, linked.Token);
                var result = await query(connection, linked.Token);
                return new(result, node.Name, node == snapshot.Primary, snapshot.CoverageOf(node, token), failed.Count);
            }
            catch (NpgsqlException failure) when (failure.IsTransient)
            {
                monitor.ReportFailure(node.Name, failure);
                failed.Add(node);
            }
        }
    }

    /// <summary>Writes to the primary, and to the next one when it fails; returns the token that later reads carry.</summary>
    /// <remarks>A write whose answer was lost may have been applied, so it is tried again: it must do nothing the second time.</remarks>
    /// <exception cref="OperationCanceledException">No primary took the write for 20 s.</exception>
    public async Task<ChatWrite> WriteAsync(Func<NpgsqlConnection, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var failed = new FailedServers(time);
        while (true)
        {
            var snapshot = await monitor.WaitForAsync(known => known.Primary is { } primary && failed.Allow(primary), linked.Token);
            var primary = snapshot.GetPrimary();
            try
            {
                await using var connection = await connections.OpenAsync(primary, Writes, linked.Token);
                await write(connection, linked.Token);
                return new(primary.Name, await ConsistencyToken.CaptureAsync(connection, time, linked.Token), failed.Count);
            }
            catch (NpgsqlException failure) when (failure.IsTransient || failure.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
            {
                monitor.ReportFailure(primary.Name, failure);
                failed.Add(primary);
            }
        }
    }

    private static NodeState? Choose(ClusterSnapshot snapshot, ConsistencyToken token, FailedServers failed, uint turn)
    {
        var fit = snapshot.GetFreshReplicas(TierNames.Critical)
            .Where(node => failed.Allow(node) && snapshot.CoverageOf(node, token) == TokenCoverage.Covered)
            .ToList();
        return fit.Count > 0 ? fit[(int)(turn % fit.Count)]
            : snapshot.Primary is { } primary && failed.Allow(primary) ? primary
            : null;
    }
}
