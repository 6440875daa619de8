using System.Data.Common;
using Npgsql;

namespace PgScale.IntegrationTests.Routing;

/// <summary>What one read saw of a key, and where.</summary>
internal readonly record struct Sighting(long Value, bool IsReplica, int Port)
{
    internal static async Task<Sighting> ReadAsync(DbConnection connection, int key, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = Sql(key);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await FromAsync(reader, cancellationToken);
    }

    internal static NpgsqlBatchCommand Command(int key) => new(Sql(key));

    internal static async Task<Sighting> FromAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken);
        return new(reader.GetInt64(0), reader.GetBoolean(1), reader.GetInt32(2));
    }

    private static string Sql(int key) => $"SELECT value, pg_is_in_recovery(), current_setting('port')::int FROM checked_keys WHERE key = {key}";
}
