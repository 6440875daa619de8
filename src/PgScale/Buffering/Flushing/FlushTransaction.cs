using Npgsql;

namespace PgScale.Buffering.Flushing;

/// <summary>The open transaction of one flush, in which the ledger is written before the rows.</summary>
internal sealed class FlushTransaction(NpgsqlConnection connection, Ledger ledger, long number)
{
    internal NpgsqlConnection Connection { get; } = connection;

    /// <summary>Enters the batch into the ledger and runs commands after it, all in one round trip.</summary>
    /// <returns>False when the batch was committed before: then nothing may be committed now.</returns>
    internal async Task<bool> SendAsync(IEnumerable<NpgsqlBatchCommand> commands, CancellationToken cancellationToken)
    {
        using var batch = new NpgsqlBatch(Connection);
        var entry = ledger.Enter(number);
        batch.BatchCommands.Add(entry);
        foreach (var command in commands)
        {
            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return entry.RecordsAffected == 1;
    }
}
