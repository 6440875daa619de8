using Npgsql;

namespace PgScale.Benchmarks.Routing;

/// <summary>A table with one value for each client, which only that client writes.</summary>
internal static class OwnValues
{
    public static string CreateSql(int clients) =>
        $"CREATE TABLE stamped AS SELECT client, 0 AS value FROM generate_series(0, {clients - 1}) AS client; ALTER TABLE stamped ADD PRIMARY KEY (client)";

    public static async Task<int> WriteAsync(NpgsqlConnection connection, int client, int value, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("UPDATE stamped SET value = $2 WHERE client = $1", connection);
        command.Parameters.Add(new() { Value = client });
        command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task<(int Port, int Value)> ReadAsync(NpgsqlConnection connection, int client, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT value FROM stamped WHERE client = $1", connection);
        command.Parameters.Add(new() { Value = client });
        return (connection.Port, (int)(await command.ExecuteScalarAsync(cancellationToken))!);
    }
}
