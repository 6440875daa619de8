using Npgsql;
using PgScale.Testing;

namespace PgScale.Benchmarks.Backfill;

/// <summary>Values that are computed in the application and written back row by row, a thousand statements in each round trip.</summary>
internal static class ComputedByHand
{
    private const int BatchRows = 1_000;

    public static int Compute(long id) => (int)(id * 7919 % 1000);

    public static async Task<long> RunAsync(PostgresServer primary, CancellationToken cancellationToken)
    {
        await using var connection = await primary.OpenConnectionAsync(cancellationToken);
        var (done, last) = (0L, 0L);
        for (var ids = await ReadAsync(connection, last, cancellationToken); ids.Count > 0; ids = await ReadAsync(connection, last, cancellationToken))
        {
            await WriteAsync(connection, ids, cancellationToken);
            (done, last) = (done + ids.Count, ids[^1]);
        }

        return done;
    }

    private static async Task<List<long>> ReadAsync(NpgsqlConnection connection, long last, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT id FROM posts WHERE id > $1 AND priority IS NULL ORDER BY id LIMIT {BatchRows}", connection) { Parameters = { new() { Value = last } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var ids = new List<long>();
        while (await reader.ReadAsync(cancellationToken))
        {
            ids.Add(reader.GetInt64(0));
        }

        return ids;
    }

    private static async Task WriteAsync(NpgsqlConnection connection, List<long> ids, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var id in ids)
        {
            batch.BatchCommands.Add(new("UPDATE posts SET priority = $1 WHERE id = $2 AND priority IS NULL") { Parameters = { new() { Value = Compute(id) }, new() { Value = id } } });
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
