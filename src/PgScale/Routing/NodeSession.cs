using Npgsql;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>One connection on one lane, from the moment the node is chosen until the work on it has ended.</summary>
/// <remarks>Work that hangs with its node is given up, not cancelled: cancelling would ask the hung node and wait for it.</remarks>
internal sealed class NodeSession
{
    private static readonly TimeSpan Penalty = TimeSpan.FromSeconds(1);

    private readonly SessionPurpose _purpose;
    private readonly NpgsqlTransaction? _transaction;

    private long _startedAt;
    private int _ended;

    internal NodeSession(NodeLane lane, NodeState state, NpgsqlConnection connection, NpgsqlTransaction? transaction, in SessionPurpose purpose, long startedAt)
    {
        Lane = lane;
        State = state;
        Connection = connection;
        _transaction = transaction;
        _purpose = purpose;
        _startedAt = startedAt;
    }

    internal NodeLane Lane { get; }

    internal NodeState State { get; }

    internal NpgsqlConnection Connection { get; }

    internal bool IsPrimary => _purpose.IsPrimary;

    /// <summary>Whether it is not known yet that the node holds the read's token.</summary>
    internal bool NeedsGuard { get; set; }

    /// <summary>The node has answered, and the read itself begins: waiting for a node to catch up says nothing of how fast it reads.</summary>
    internal void BeginAnew() => _startedAt = Lane.Answer();

    /// <summary>True when work has ended; false when the node is given up before, and the work has to be left (<see cref="Abandon"/>).</summary>
    internal ValueTask<bool> EndsAsync(Task work) => work.IsCompleted ? new(true) : Lane.Waits.Begin(_purpose.IsRepeatable ? _startedAt : LaneWaits.Never).Until(work);

    /// <summary>Leaves work to end by itself; the session ends with it.</summary>
    /// <returns>What to throw instead.</returns>
    internal NodeLostException Abandon(Task work)
    {
        _ = EndWithAsync(work);
        return new(State.Name);
    }

    /// <summary>Runs work until it ends or the node is given up.</summary>
    /// <exception cref="NodeLostException">The node was given up.</exception>
    internal async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var running = work(Connection, cancellationToken);
        if (!await EndsAsync(running).ConfigureAwait(false))
        {
            throw Abandon(running);
        }

        return await running.ConfigureAwait(false);
    }

    /// <summary>Ends the session after work that went well.</summary>
    internal ValueTask SucceedAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return default;
        }

        Lane.Leave(_startedAt);
        return CloseAsync(); // a read-only transaction needs no COMMIT: closing rolls it back
    }

    /// <summary>Ends the session after work that failed.</summary>
    internal async ValueTask FailAsync(ReadFailure failure)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            Charge(failure);
            await CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends the session after work that was given up before it ended.</summary>
    /// <param name="slowTicks">The time from which the work counts as slow.</param>
    /// <param name="isOutlier">Whether the node looked slow.</param>
    internal async ValueTask CancelAsync(long slowTicks = long.MaxValue, bool isOutlier = false)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            Lane.LeaveUnfinished(_startedAt, slowTicks, Penalty, isOutlier);
            await CloseAsync().ConfigureAwait(false);
        }
    }

    private void Charge(ReadFailure failure)
    {
        if (failure == ReadFailure.Node)
        {
            Lane.LeaveFailed(_startedAt, Penalty);
        }
        else if (failure == ReadFailure.Statement)
        {
            Lane.Leave(_startedAt); // the node answered; what it said is the caller's business
        }
        else
        {
            Lane.LeaveUnmeasured();
        }
    }

    private async Task EndWithAsync(Task abandoned)
    {
        var isFirst = Interlocked.Exchange(ref _ended, 1) == 0;
        if (isFirst)
        {
            Lane.LeaveAbandoned(Penalty);
        }

        await Task.WhenAny(abandoned).ConfigureAwait(false);
        _ = abandoned.Exception; // seen: its caller has long moved on
        if (isFirst)
        {
            await CloseAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask CloseAsync()
    {
        try
        {
            if (_transaction is not null)
            {
                await _transaction.DisposeAsync().ConfigureAwait(false);
            }

            await Connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException or IOException)
        {
            // A broken connection cannot be closed properly, and need not be.
        }
        finally
        {
            _purpose.OnEnd?.Invoke();
        }
    }
}
