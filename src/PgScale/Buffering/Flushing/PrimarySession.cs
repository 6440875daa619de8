using System.Data;
using Npgsql;
using PgScale.Buffering.Sinks;
using PgScale.Cluster;
using PgScale.Internal;

namespace PgScale.Buffering.Flushing;

/// <summary>Runs one transaction of a flush on the primary, and lets go of a primary that hangs or was replaced.</summary>
internal sealed class PrimarySession(ClusterMonitor monitor, NodeConnections connections, SessionProfile profile, Sink sink, DeadLetterTarget deadLetters, TimeProvider time)
{
    private volatile bool _hasSchema;

    /// <summary>Writes, commits and returns the token of the commit.</summary>
    /// <param name="ledger">The ledger of the writer.</param>
    /// <param name="number">The number of the batch.</param>
    /// <param name="write">Writes the rows; false when they were written before.</param>
    /// <param name="abandoned">Told when the attempt is left to end by itself: it may still read what it writes.</param>
    /// <param name="giveUp">Lets go at once, whatever the outcome.</param>
    /// <exception cref="PrimaryLostException">The primary was lost meanwhile; whether it was committed is not known.</exception>
    internal async Task<ConsistencyToken> RunAsync(Ledger ledger, long number, Func<FlushTransaction, CancellationToken, Task<bool>> write, Action abandoned, CancellationToken giveUp)
    {
        var primary = await WaitForPrimaryAsync(giveUp).ConfigureAwait(false);
        var running = CommitAsync(primary, ledger, number, write);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(giveUp);
        var lost = monitor.WaitForAsync(known => !IsStill(known, primary), done.Token);
        if (await Task.WhenAny(running, lost).ConfigureAwait(false) != running)
        {
            abandoned();
            _ = running.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            giveUp.ThrowIfCancellationRequested();
            throw new PrimaryLostException(primary.Name);
        }

        await done.CancelAsync().ConfigureAwait(false);
        try
        {
            return await running.ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            monitor.ReportFailure(primary.Name, failure);
            throw;
        }
    }

    /// <summary>Compares the mapping with the table and makes what is missing of the schema, once.</summary>
    internal async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var primary = await WaitForPrimaryAsync(cancellationToken).ConfigureAwait(false);
        var connection = await connections.OpenAsync(primary, profile, cancellationToken).ConfigureAwait(false);
        await using var disposing = connection.ConfigureAwait(false);
        await PrepareAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The number up to which an earlier life of a durable buffer has committed.</summary>
    internal async Task<long> ReadCommittedAsync(Ledger ledger, CancellationToken cancellationToken)
    {
        var primary = await WaitForPrimaryAsync(cancellationToken).ConfigureAwait(false);
        var connection = await connections.OpenAsync(primary, profile, cancellationToken).ConfigureAwait(false);
        await using var disposing = connection.ConfigureAwait(false);
        await PrepareAsync(connection, cancellationToken).ConfigureAwait(false);
        return await ledger.ReadCommittedAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks something that only helps: no answer is an answer.</summary>
    internal async Task<IReadOnlyList<int>> AskAsync(Func<NpgsqlConnection, Task<IReadOnlyList<int>>> ask, CancellationToken cancellationToken)
    {
        try
        {
            var primary = await WaitForPrimaryAsync(cancellationToken).ConfigureAwait(false);
            var connection = await connections.OpenAsync(primary, profile, cancellationToken).ConfigureAwait(false);
            await using var disposing = connection.ConfigureAwait(false);
            return await ask(connection).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return [];
        }
    }

    /// <summary>Looks at everything again next time.</summary>
    internal void Forget()
    {
        _hasSchema = false;
        sink.Forget();
    }

    /// <summary>Ends when the primary changes, at once when there is none.</summary>
    internal Task WaitForChangeAsync(CancellationToken cancellationToken)
    {
        var before = monitor.Current.Primary?.Node;
        return monitor.WaitForAsync(known => known.Primary is { } primary && !ReferenceEquals(primary.Node, before), cancellationToken);
    }

    private async Task<ConsistencyToken> CommitAsync(NodeState primary, Ledger ledger, long number, Func<FlushTransaction, CancellationToken, Task<bool>> write)
    {
        // Not cancelled from here on: whoever gives up leaves it to end by itself, because its COMMIT may be on its way.
        var connection = await connections.OpenAsync(primary, profile, CancellationToken.None).ConfigureAwait(false);
        await using var disposing = connection.ConfigureAwait(false);
        try
        {
            await PrepareAsync(connection, CancellationToken.None).ConfigureAwait(false);
            var transaction = await connections.BeginTransactionAsync(connection, primary, profile, IsolationLevel.ReadCommitted, CancellationToken.None).ConfigureAwait(false);
            await using var ending = transaction.ConfigureAwait(false);
            if (await write(new(connection, ledger, number), CancellationToken.None).ConfigureAwait(false))
            {
                var token = await ConsistencyToken.CommitAsync(connection, time, CancellationToken.None).ConfigureAwait(false);
                ledger.Committed(number);
                return token;
            }

            await transaction.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
            await ledger.RequireOwnAsync(connection, number, CancellationToken.None).ConfigureAwait(false);
            ledger.Committed(number);
            return await ConsistencyToken.CaptureAsync(connection, time, CancellationToken.None).ConfigureAwait(false); // committed by an earlier attempt
        }
        catch (PostgresException demoted) when (demoted.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
        {
            NpgsqlConnection.ClearPool(connection);
            throw;
        }
    }

    private async ValueTask PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!_hasSchema)
        {
            await PgScaleSchema.EnsureAsync(connection, PgScaleSchema.FlushedBatch, cancellationToken).ConfigureAwait(false);
            await deadLetters.PrepareAsync(connection, cancellationToken).ConfigureAwait(false);
            await Ledger.PruneAsync(connection, cancellationToken).ConfigureAwait(false);
            _hasSchema = true;
        }

        await sink.PrepareAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<NodeState> WaitForPrimaryAsync(CancellationToken cancellationToken)
    {
        if (monitor.Current.Primary is { IsReadOnly: false } known)
        {
            return known;
        }

        var snapshot = await monitor.WaitForAsync(next => next.Primary is { IsReadOnly: false }, cancellationToken).ConfigureAwait(false);
        return snapshot.Primary!;
    }

    private static bool IsStill(ClusterSnapshot known, NodeState primary) => ReferenceEquals(known.Primary?.Node, primary.Node);
}
