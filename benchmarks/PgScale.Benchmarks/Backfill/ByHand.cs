using System.Diagnostics;
using Npgsql;
using PgScale.Testing;

namespace PgScale.Benchmarks.Backfill;

/// <summary>How people fill a column today.</summary>
internal static class ByHand
{
    private const int ArticleRows = 1_000;
    private const string Value = "(id * 7919 % 1000)::int";

    /// <summary>One UPDATE of everything.</summary>
    public static async Task<long> PlainUpdateAsync(PostgresServer primary, CancellationToken cancellationToken)
    {
        await using var connection = await primary.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"UPDATE posts SET priority = {Value} WHERE priority IS NULL", connection) { CommandTimeout = 0 };
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The loop of the article, for as long as it is given: counts what is left, then changes the first thousand. Returns its rows.</summary>
    public static async Task<long> ArticleAsync(PostgresServer primary, TimeSpan atMost, CancellationToken cancellationToken)
    {
        await using var connection = await primary.OpenConnectionAsync(cancellationToken);
        await using var count = new NpgsqlCommand("SELECT count(*) FROM posts WHERE priority IS NULL", connection);
        await using var update = new NpgsqlCommand(
            $"UPDATE posts SET priority = {Value} WHERE id IN (SELECT id FROM posts WHERE priority IS NULL ORDER BY id LIMIT {ArticleRows})", connection);
        var (started, rows) = (Stopwatch.GetTimestamp(), 0L);
        while (Stopwatch.GetElapsedTime(started) < atMost && (long)(await count.ExecuteScalarAsync(cancellationToken))! > 0)
        {
            rows += await update.ExecuteNonQueryAsync(cancellationToken);
        }

        return rows;
    }

    /// <summary>The loop of a careful engineer: the next ids behind the last one, then an UPDATE of them, with a pace if one was found by trying.</summary>
    public static async Task<long> KeysetAsync(PostgresServer primary, int batchRows, double? perSecond, CancellationToken cancellationToken)
    {
        await using var connection = await primary.OpenConnectionAsync(cancellationToken);
        await using var next = new NpgsqlCommand("SELECT id FROM posts WHERE id > $1 ORDER BY id LIMIT $2", connection) { Parameters = { new() { Value = 0L }, new() { Value = batchRows } } };
        await using var update = new NpgsqlCommand($"UPDATE posts SET priority = {Value} WHERE id = ANY ($1) AND priority IS NULL", connection) { Parameters = { new() { Value = Array.Empty<long>() } } };
        var (started, visited) = (Stopwatch.GetTimestamp(), 0L);
        for (var ids = await ReadAsync(); ids.Count > 0; ids = await ReadAsync())
        {
            update.Parameters[0].Value = ids.ToArray();
            await update.ExecuteNonQueryAsync(cancellationToken);
            next.Parameters[0].Value = ids[^1];
            visited += ids.Count;
            await WaitAsync(TimeSpan.FromSeconds(visited / (perSecond ?? double.PositiveInfinity)) - Stopwatch.GetElapsedTime(started));
        }

        return visited;

        async Task<List<long>> ReadAsync()
        {
            var ids = new List<long>(batchRows);
            await using var reader = await next.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                ids.Add(reader.GetInt64(0));
            }

            return ids;
        }

        Task WaitAsync(TimeSpan time) => time > TimeSpan.Zero ? Task.Delay(time, TimeProvider.System, cancellationToken) : Task.CompletedTask;
    }
}
