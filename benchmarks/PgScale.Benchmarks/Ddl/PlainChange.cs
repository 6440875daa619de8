using Npgsql;
using PgScale.Testing;

namespace PgScale.Benchmarks.Ddl;

/// <summary>Schema changes as they are made by hand and by migration tools.</summary>
internal static class PlainChange
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>The statement alone, which waits for as long as it takes.</summary>
    public static Task<int> RunAsync(PostgresServer server, string sql, CancellationToken cancellationToken) =>
        RunAsync(server, sql, "0", cancellationToken);

    /// <summary>With <c>lock_timeout = 500 ms</c>, tried again after pauses of one second and a half on average. Gives the number of tries.</summary>
    public static async Task<int> RetryAsync(PostgresServer server, string sql, CancellationToken cancellationToken)
    {
        var deadline = TimeProvider.System.GetUtcNow() + Longest;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await RunAsync(server, sql, "500ms", cancellationToken) * attempt;
            }
            catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.LockNotAvailable && TimeProvider.System.GetUtcNow() < deadline)
            {
                await Task.Delay(TimeSpan.FromSeconds(1 + Random.Shared.NextDouble()), TimeProvider.System, cancellationToken);
            }
        }
    }

    private static async Task<int> RunAsync(PostgresServer server, string sql, string lockTimeout, CancellationToken cancellationToken)
    {
        await using var connection = await server.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"SET lock_timeout = '{lockTimeout}'; {sql}", connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
        return 1;
    }
}
