using Npgsql;

namespace PgScale.Ddl.Execution;

/// <summary>
/// Refuses connections that a pooler shares between clients. Runner's lock, settings and concurrent builds belong to one server process.
/// </summary>
internal static class PoolerCheck
{
    private const string Remedy =
        "Schema changes need a connection of their own: set PgScale:Ddl:ConnectionString to the primary itself, past the pooler (or to a pooler in session mode).";

    private const int Tries = 3;

    /// <summary>The failure of a primary that is configured to be behind a pooler.</summary>
    internal static DdlException Refusal(string what) => new(DdlFailure.DirectConnectionNeeded, $"{what} {Remedy}");

    /// <summary>Compares the server processes behind two open connections.</summary>
    /// <remarks>
    /// A server tells a client its process id at the start; a pooler makes one up. Where they differ, the pooler is in session mode only
    /// if a connection keeps its process while another one, with a transaction open, has a different process.
    /// </remarks>
    internal static async Task RequireDirectAsync(NpgsqlConnection one, NpgsqlConnection other, CancellationToken cancellationToken)
    {
        var first = await PidAsync(one, cancellationToken).ConfigureAwait(false);
        if (first == one.ProcessID)
        {
            return;
        }

        for (var round = 0; round < Tries; round++)
        {
            var transaction = await other.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using var ending = transaction.ConfigureAwait(false);
            var beside = await PidAsync(other, cancellationToken).ConfigureAwait(false);
            var now = await PidAsync(one, cancellationToken).ConfigureAwait(false);
            if (beside == first || now != first)
            {
                throw Refusal($"The connection for schema changes leads through a pooler in transaction mode: it was served by the server processes {first} and {(now != first ? now : beside)} in turn.");
            }
        }
    }

    private static Task<int> PidAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Sql.ScalarAsync<int>(connection, "SELECT pg_catalog.pg_backend_pid()", cancellationToken);
}
