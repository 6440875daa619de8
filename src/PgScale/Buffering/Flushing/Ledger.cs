using Npgsql;

namespace PgScale.Buffering.Flushing;

/// <summary>What one writer has committed: a number that grows, written in the same transaction as the rows. See docs/decisions/0019.</summary>
/// <remarks>
/// A batch has the same number at each attempt. When the answer to a COMMIT was lost, the next attempt waits on the row for the transaction
/// that may still be under way, and then changes no row if that one was committed.
/// </remarks>
internal sealed class Ledger(Guid writer, bool isDurable, long committed = 0)
{
    private const string Sql = """
        INSERT INTO pgscale.flushed_batch AS known (writer, batch, is_durable, flushed_at) VALUES ($1, $2, $3, now())
        ON CONFLICT (writer) DO UPDATE SET batch = excluded.batch, flushed_at = excluded.flushed_at WHERE known.batch <= $4 AND known.batch < excluded.batch
        """;

    private const string CommittedSql = "SELECT batch FROM pgscale.flushed_batch WHERE writer = $1 FOR UPDATE";

    private const string PruneSql = "DELETE FROM pgscale.flushed_batch WHERE NOT is_durable AND flushed_at < now() - interval '7 days'";

    private long _committed = committed;
    private long _entered;
    private bool _isRepeated;

    /// <summary>What enters a number, unless the server knows more than this writer: that it was committed before, or somebody else's.</summary>
    internal NpgsqlBatchCommand Enter(long number)
    {
        _isRepeated = _entered == number;
        _entered = number;
        return new(Sql)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = writer },
                new NpgsqlParameter<long> { TypedValue = number },
                new NpgsqlParameter<bool> { TypedValue = isDurable },
                new NpgsqlParameter<long> { TypedValue = Interlocked.Read(ref _committed) },
            },
        };
    }

    /// <summary>Told when a number is committed.</summary>
    internal void Committed(long number)
    {
        // An attempt that was abandoned on a server that hangs may end after its successors.
        for (var known = Interlocked.Read(ref _committed); known < number; known = Interlocked.Read(ref _committed))
        {
            Interlocked.CompareExchange(ref _committed, number, known);
        }
    }

    /// <summary>Sees to it that a number that the server would not take was committed by an earlier attempt of this writer.</summary>
    /// <exception cref="LedgerTakenException">It was not: a copy of the spool is in use elsewhere.</exception>
    internal async Task RequireOwnAsync(NpgsqlConnection connection, long number, CancellationToken cancellationToken)
    {
        var known = await ReadCommittedAsync(connection, cancellationToken).ConfigureAwait(false);
        if (known != number || !_isRepeated)
        {
            throw new LedgerTakenException(writer, _committed, known);
        }
    }

    /// <summary>The number up to which an earlier life has committed; 0 when there was none. Waits for a transaction of it that is still under way.</summary>
    internal async Task<long> ReadCommittedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(CommittedSql, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = writer });
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as long? ?? 0;
    }

    /// <summary>Forgets writers that have not written for a week.</summary>
    internal static async Task PruneAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(PruneSql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
