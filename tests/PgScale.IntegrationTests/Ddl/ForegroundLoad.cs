using System.Diagnostics;
using Npgsql;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>Clients that read and write a table all the time, and the longest that one of them had to wait.</summary>
internal sealed class ForegroundLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _clients = [];
    private long _longest;

    internal TimeSpan Longest => TimeSpan.FromTicks(Interlocked.Read(ref _longest));

    internal static ForegroundLoad Start(string connection, string table, int clients)
    {
        var load = new ForegroundLoad();
        for (var client = 0; client < clients; client++)
        {
            var id = client + 1;
            load._clients.Add(Task.Run(() => load.RunAsync(connection, $"UPDATE {table} SET b = b + 1 WHERE id = {id}")));
        }

        return load;
    }

    private async Task RunAsync(string address, string sql)
    {
        await using var connection = new NpgsqlConnection(address);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
        while (!_stopping.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            await command.ExecuteNonQueryAsync();
            var took = Stopwatch.GetElapsedTime(start).Ticks;
            for (var known = Interlocked.Read(ref _longest); took > known; known = Interlocked.Read(ref _longest))
            {
                Interlocked.CompareExchange(ref _longest, took, known);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_clients);
        _stopping.Dispose();
    }
}
