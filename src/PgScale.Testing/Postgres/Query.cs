using Npgsql;

namespace PgScale.Testing.Postgres;

/// <summary>One statement on an open connection.</summary>
internal static class Query
{
    public static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public static async Task<T?> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var hasValue = await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
                    && !await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false);
                return hasValue ? await reader.GetFieldValueAsync<T>(0, cancellationToken).ConfigureAwait(false) : default;
            }
        }
    }

    /// <summary>Asks a server the same question in one session until the answer is yes.</summary>
    /// <exception cref="TimeoutException">The answer was no for too long.</exception>
    public static async Task UntilTrueAsync(
        PostgresServer server, string sql, TimeSpan timeout, string failure, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await server.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await Processes.Poll.UntilAsync(
                async token => await ScalarAsync<bool>(connection, sql, token).ConfigureAwait(false),
                timeout,
                () => $"{server.Name} {failure} within {timeout.TotalSeconds:0} seconds.",
                cancellationToken).ConfigureAwait(false);
        }
    }
}
