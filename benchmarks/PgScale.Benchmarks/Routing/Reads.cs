using Npgsql;

namespace PgScale.Benchmarks.Routing;

/// <summary>What the clients read.</summary>
internal static class Reads
{
    /// <summary>The cheapest read there is: what is left is the way to it.</summary>
    public static async Task<bool> OneAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        return await command.ExecuteScalarAsync(cancellationToken) is 1;
    }

    /// <summary>A read that takes a time and hardly any processor, so that two cores can play a cluster.</summary>
    public static async Task<bool> ForAsync(NpgsqlConnection connection, TimeSpan time, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_sleep($1)", connection);
        command.Parameters.Add(new() { Value = time.TotalSeconds });
        await command.ExecuteScalarAsync(cancellationToken);
        return true;
    }
}
