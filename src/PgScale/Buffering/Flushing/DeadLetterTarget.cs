using Npgsql;

namespace PgScale.Buffering.Flushing;

/// <summary>Where rows go that their table refused.</summary>
internal abstract class DeadLetterTarget
{
    /// <summary>Makes what it needs on the server.</summary>
    internal virtual Task PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What puts it on the server in the transaction that enters it into the ledger.</summary>
    internal virtual NpgsqlBatchCommand? ToCommand(DeadLetter letter) => null;

    /// <summary>Keeps it elsewhere.</summary>
    internal virtual ValueTask KeepAsync(DeadLetter letter, CancellationToken cancellationToken) => default;
}
