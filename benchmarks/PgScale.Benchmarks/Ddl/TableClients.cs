using System.Diagnostics;
using Npgsql;
using PgScale.Benchmarks.Load;
using PgScale.Testing;

namespace PgScale.Benchmarks.Ddl;

/// <summary>Clients with a connection each that work on a table until they are stopped, and the longest that one of them waited.</summary>
internal sealed class TableClients : IAsyncDisposable
{
    private readonly NpgsqlConnection[] _connections;
    private readonly ThinkingClients _clients;

    private TableClients(NpgsqlConnection[] connections, TimeSpan thinkTime, Func<NpgsqlConnection, Task> work)
    {
        _connections = connections;
        _clients = new(connections.Length, thinkTime, async (client, _) => await work(connections[client]));
    }

    public static async Task<TableClients> StartAsync(PostgresServer server, int count, TimeSpan thinkTime, Func<NpgsqlConnection, Task> work, CancellationToken cancellationToken)
    {
        var connections = new NpgsqlConnection[count];
        for (var client = 0; client < count; client++)
        {
            connections[client] = await server.OpenConnectionAsync(cancellationToken);
            await work(connections[client]); // what is slow at first is over
        }

        return new(connections, thinkTime, work);
    }

    /// <summary>Ends them; gives the longest operation that was under way between the two moments, and how many failed.</summary>
    public async Task<(double Milliseconds, int Failed)> StopAsync(long from, long to)
    {
        var operations = await _clients.StopAsync();
        var meanwhile = operations.Where(one => one.End >= from && one.Start <= to).ToList();
        return (meanwhile.Count == 0 ? 0 : meanwhile.Max(one => Stopwatch.GetElapsedTime(one.Start, one.End).TotalMilliseconds), meanwhile.Count(one => one.Failed));
    }

    public async ValueTask DisposeAsync()
    {
        await _clients.StopAsync();
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }
    }
}
