using System.Data;
using Npgsql;

namespace PgScale.Routing;

/// <summary>Runs a command of a routed connection; the first one takes the check of the token along in its round trip.</summary>
internal static class GuardedReader
{
    private const CommandBehavior OneResultOnly = CommandBehavior.SingleResult | CommandBehavior.SingleRow;

    /// <summary>Runs it on the lease's connection, or on another node's when that does not get the token in time.</summary>
    internal static async Task<NpgsqlDataReader> ExecuteAsync(NpgsqlCommand command, ReadLease lease, CommandBehavior behavior, CancellationToken cancellationToken)
    {
        if (lease.Session.NeedsGuard && FitsIntoBatch(command, behavior)
            && await TryWithGuardAsync(command, lease, behavior & ~OneResultOnly, cancellationToken).ConfigureAwait(false) is { } guarded)
        {
            return guarded;
        }

        await lease.CheckAsync(cancellationToken).ConfigureAwait(false);
        command.Connection = lease.Connection;
        return await command.ExecuteReaderAsync(behavior, cancellationToken).ConfigureAwait(false);
    }

    private static bool FitsIntoBatch(NpgsqlCommand command, CommandBehavior behavior) =>
        !behavior.HasFlag(CommandBehavior.SchemaOnly)
        && command.Transaction is null
        && !command.Parameters.Any<NpgsqlParameter>(parameter => parameter.Direction != ParameterDirection.Input);

    private static async Task<NpgsqlDataReader?> TryWithGuardAsync(NpgsqlCommand command, ReadLease lease, CommandBehavior behavior, CancellationToken cancellationToken)
    {
        var reader = MayHoldSeveralStatements(command)
            ? await Prefix(command, lease.Connection).ExecuteReaderAsync(behavior, cancellationToken).ConfigureAwait(false)
            : await Compose(command, lease.Connection).ExecuteReaderAsync(behavior, cancellationToken).ConfigureAwait(false);
        var isFresh = false;
        try
        {
            isFresh = await FreshnessGuard.PassAsync(reader, lease.Session, lease.Run.Request.Token, cancellationToken).ConfigureAwait(false);
            return isFresh ? reader : null;
        }
        finally
        {
            if (!isFresh)
            {
                await reader.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    // Npgsql splits a text at its semicolons unless its parameters are positional; in a batch it does not.
    private static bool MayHoldSeveralStatements(NpgsqlCommand command) =>
        command.CommandType == CommandType.Text
        && !command.Parameters.Any<NpgsqlParameter>(parameter => parameter.ParameterName.Length == 0)
        && (!AppContext.TryGetSwitch("Npgsql.EnableSqlRewriting", out var splits) || splits);

    private static NpgsqlCommand Prefix(NpgsqlCommand command, NpgsqlConnection connection)
    {
        var guarded = new NpgsqlCommand($"{FreshnessGuard.Sql};\n{command.CommandText}", connection) { CommandTimeout = command.CommandTimeout };
        CopyParameters(command.Parameters, guarded.Parameters);
        return guarded;
    }

    private static NpgsqlBatch Compose(NpgsqlCommand command, NpgsqlConnection connection)
    {
        var own = new NpgsqlBatchCommand(command.CommandText) { CommandType = command.CommandType };
        CopyParameters(command.Parameters, own.Parameters);
        return new(connection) { Timeout = command.CommandTimeout, BatchCommands = { FreshnessGuard.CreateCommand(), own } };
    }

    // A parameter belongs to one command.
    private static void CopyParameters(NpgsqlParameterCollection from, NpgsqlParameterCollection to)
    {
        foreach (NpgsqlParameter parameter in from)
        {
            to.Add(parameter.Clone());
        }
    }
}
