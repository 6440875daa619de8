using Npgsql;
using PgScale.Testing.Processes;

namespace PgScale.Testing.Postgres;

/// <summary>Changes settings of a server and waits until it has read them.</summary>
internal static class ServerReload
{
    private const string LoadTime = "SELECT pg_conf_load_time()";

    public static async Task ConfigureAsync(
        PostgresServer server, string setting, string? value, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (server.IsFrozen)
        {
            throw new InvalidOperationException($"{server.Name} is frozen and cannot read '{setting}'; thaw it first.");
        }

        if (!server.IsRunning)
        {
            await server.Runner.ConfigureAsync(setting, value, cancellationToken).ConfigureAwait(false);
            return;
        }

        NpgsqlConnection connection = await server.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            DateTime before = await Query.ScalarAsync<DateTime>(connection, LoadTime, cancellationToken).ConfigureAwait(false);
            await server.Runner.ConfigureAsync(setting, value, cancellationToken).ConfigureAwait(false);
            await Poll.UntilAsync(
                async token => await Query.ScalarAsync<DateTime>(connection, LoadTime, token).ConfigureAwait(false) > before,
                timeout,
                () => $"{server.Name} did not read its settings again within {timeout.TotalSeconds:0} seconds after '{setting}' was changed.",
                cancellationToken).ConfigureAwait(false);
        }
    }
}
