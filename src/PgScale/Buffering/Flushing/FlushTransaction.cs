using Npgsql;

namespace PgScale.Buffering.Flushing;

/// <summary>The open transaction of one flush, in which the ledger is written before the rows.</summary>
internal sealed class FlushTransaction(NpgsqlConnection connection, Ledger ledger, long number)
{
    private bool _isEntered;

    internal NpgsqlConnection Connection { get; } = connection;

    /// <summary>Keys of an update that found no row.</summary>
    internal long Unmatched { get; set; }

    /// <summary>Enters the batch into the ledger and runs commands after it, all in one round trip.</summary>
    /// <returns>False when the batch was committed before: then nothing may be committed now.</returns>
    internal Task<bool> SendAsync(IEnumerable<NpgsqlBatchCommand> commands, CancellationToken cancellationToken) =>
        SendAsync(commands, static _ => { }, cancellationToken);

    /// <summary>The same, with a look at each row that the commands return.</summary>
    internal async Task<bool> SendAsync(IEnumerable<NpgsqlBatchCommand> commands, Action<NpgsqlDataReader> read, CancellationToken cancellationToken)
    {
        using var batch = new NpgsqlBatch(Connection);
        var entry = _isEntered ? null : ledger.Enter(number);
        if (entry is not null)
        {
            batch.BatchCommands.Add(entry);
        }

        foreach (var command in commands)
        {
            batch.BatchCommands.Add(command);
        }

        await RunAsync(batch, read, cancellationToken).ConfigureAwait(false);
        return _isEntered = entry is not { RecordsAffected: not 1 };
    }

    private static async Task RunAsync(NpgsqlBatch batch, Action<NpgsqlDataReader> read, CancellationToken cancellationToken)
    {
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        do
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                read(reader);
            }
        }
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
    }
}
