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
        ON CONFLICT (writer) DO UPDATE SET batch = excluded.batch, flushed_at = excluded.flushed_at WHERE known.batch < excluded.batch
        """;

    private const string PruneSql = "DELETE FROM pgscale.flushed_batch WHERE NOT is_durable AND flushed_at < now() - interval '7 days'";

    /// <summary>The number of the last batch that is known to be committed.</summary>
    internal long Committed { get; private set; } = committed;

    internal NpgsqlBatchCommand Enter(long number) => new(Sql)
    {
        Parameters =
        {
            new NpgsqlParameter<Guid> { TypedValue = writer },
            new NpgsqlParameter<long> { TypedValue = number },
            new NpgsqlParameter<bool> { TypedValue = isDurable },
        },
    };

    internal void Commit(long number) => Committed = number;

    /// <summary>Forgets writers that have not written for a week.</summary>
    internal static async Task PruneAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(PruneSql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
