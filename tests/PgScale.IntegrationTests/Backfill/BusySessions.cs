using Npgsql;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Backfill;

/// <summary>Sessions that run a statement until they are disposed of.</summary>
internal sealed class BusySessions : IAsyncDisposable
{
    private readonly List<NpgsqlConnection> _connections = [];
    private readonly List<Task> _sleeping = [];
    private readonly CancellationTokenSource _stop = new();

    public static async Task<BusySessions> StartAsync(PostgresServer server, int count)
    {
        var busy = new BusySessions();
        for (var session = 0; session < count; session++)
        {
            var connection = await server.OpenConnectionAsync();
            busy._connections.Add(connection);
            busy._sleeping.Add(new NpgsqlCommand("SELECT pg_sleep(60)", connection).ExecuteNonQueryAsync(busy._stop.Token));
        }

        return busy;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_sleeping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        _stop.Dispose();
    }
}
