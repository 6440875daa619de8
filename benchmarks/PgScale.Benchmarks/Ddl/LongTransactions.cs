using Npgsql;
using PgScale.Testing;

namespace PgScale.Benchmarks.Ddl;

/// <summary>A report that reads a table in a transaction of four seconds, rests for one, and begins again.</summary>
internal sealed class LongTransactions : IAsyncDisposable
{
    public static readonly TimeSpan Held = TimeSpan.FromSeconds(4);
    public static readonly TimeSpan Free = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _holds = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;

    private LongTransactions(NpgsqlConnection connection, string table) => _running = Task.Run(() => RunAsync(connection, table));

    /// <summary>Begins; returns when the first of them holds the table.</summary>
    public static async Task<LongTransactions> StartAsync(PostgresServer server, string table, CancellationToken cancellationToken)
    {
        var reports = new LongTransactions(await server.OpenConnectionAsync(cancellationToken), table);
        await reports._holds.Task;
        return reports;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync(NpgsqlConnection connection, string table)
    {
        await using (connection)
        {
            try
            {
                while (true)
                {
                    await using var transaction = await connection.BeginTransactionAsync(_stopping.Token);
                    await using var command = new NpgsqlCommand($"SELECT FROM {table} LIMIT 1", connection);
                    await command.ExecuteNonQueryAsync(_stopping.Token);
                    _holds.TrySetResult();
                    await Task.Delay(Held, TimeProvider.System, _stopping.Token);
                    await transaction.CommitAsync(_stopping.Token);
                    await Task.Delay(Free, TimeProvider.System, _stopping.Token);
                }
            }
            catch (OperationCanceledException)
            {
                // The turn is over.
            }
        }
    }
}
