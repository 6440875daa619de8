using Npgsql;

namespace PgScale.Benchmarks.Caching.Races;

/// <summary>The table of the rows.</summary>
internal static class VersionedRows
{
    public static string CreateSql => $"""
        CREATE TABLE versioned (id int PRIMARY KEY, version bigint NOT NULL);
        INSERT INTO versioned SELECT id, 0 FROM generate_series(0, {Race.Rows - 1}) AS id
        """;

    public static async Task<long> WriteAsync(NpgsqlConnection connection, int row, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("UPDATE versioned SET version = version + 1 WHERE id = $1 RETURNING version", connection);
        command.Parameters.Add(new() { Value = row });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async Task<long> ReadAsync(NpgsqlConnection connection, int row, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT version FROM versioned WHERE id = $1", connection);
        command.Parameters.Add(new() { Value = row });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
