using Npgsql;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>One connection on one lane, from the moment the node is chosen until the work on it has ended.</summary>
/// <remarks>Work that hangs with its node is given up, not cancelled: cancelling would ask the hung node and wait for it.</remarks>
internal sealed class NodeSession
{
    private static readonly TimeSpan Penalty = TimeSpan.FromSeconds(1);

    private readonly NpgsqlTransaction? _transaction;
    private readonly long _startedAt; // opening the connection is not counted: it says nothing of how fast the node reads
    private readonly Action? _onEnd;

    private int _ended;

    internal NodeSession(NodeLane lane, NodeState state, NpgsqlConnection connection, NpgsqlTransaction? transaction, long startedAt, bool isPrimary, Action? onEnd)
    {
        Lane = lane;
        State = state;
        Connection = connection;
        IsPrimary = isPrimary;
        _transaction = transaction;
        _startedAt = startedAt;
        _onEnd = onEnd;
    }

    internal NodeLane Lane { get; }

    internal NodeState State { get; }

    internal NpgsqlConnection Connection { get; }

    internal bool IsPrimary { get; }

    /// <summary>Runs work until it ends or the node is found gone; then the work is left to end by itself.</summary>
    /// <exception cref="NodeLostException">The node is gone.</exception>
    internal async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var running = work(Connection, cancellationToken);
        if (!running.IsCompleted && await Task.WhenAny(running, Lane.Down).ConfigureAwait(false) != running && !running.IsCompleted)
        {
            _ = EndWithAsync(running);
            throw new NodeLostException(State.Name);
        }

        return await running.ConfigureAwait(false);
    }

    /// <summary>Ends the session after work that went well.</summary>
    internal async ValueTask SucceedAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            Lane.Leave(_startedAt);
            await CloseAsync().ConfigureAwait(false); // a read-only transaction needs no COMMIT: closing rolls it back
        }
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
    internal async ValueTask CancelAsync(long slowTicks = long.MaxValue)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            Lane.LeaveUnfinished(_startedAt, slowTicks, Penalty);
            await CloseAsync().ConfigureAwait(false);
        }
    }

    private void Charge(ReadFailure failure)
    {
        if (failure == ReadFailure.Node)
        {
            Lane.LeaveFailed(Penalty);
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
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return;
        }

        Charge(ReadFailure.Node);
        await Task.WhenAny(abandoned).ConfigureAwait(false);
        _ = abandoned.Exception; // seen: its caller has long moved on
        await CloseAsync().ConfigureAwait(false);
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
            _onEnd?.Invoke();
        }
    }
}
