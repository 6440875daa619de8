using System.Diagnostics;
using Npgsql;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;
using PgScale.Buffering;
using PgScale.Testing;

namespace PgScale.Benchmarks.Buffering;

/// <summary>Rows per second from the first enqueue to the last commit, beside COPY written by hand and beside one INSERT a row.</summary>
internal static class LogLoadScenario
{
    private const string One = "one";
    private const string Two = "two";
    private const int Inserters = 16;

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresServer server, BenchmarkRun run)
    {
        await using var application = await BufferedApplication.StartAsync(
            server.ConnectionString,
            builder => builder
                .AddLazyWriteBuffer<LogEntry>(One, to => LogTable.Map(to), options => options.MaxConnections = 1)
                .AddLazyWriteBuffer<LogEntry>(Two, to => LogTable.Map(to), options => options.MaxConnections = 2),
            run.CancellationToken);
        var shorter = run with { Rounds = run.Quick ? 3 : 7, RoundTime = TimeSpan.FromSeconds(run.Quick ? 0.6 : 1.5) };
        var loads = await new Scenario<double>("rows from enqueue to commit")
            .Side("COPY of 10,000 by hand, one connection", round => CopyAsync(server, connections: 1, round))
            .Side("COPY of 10,000 by hand, two connections", round => CopyAsync(server, connections: 2, round))
            .Side("LazyWriteBuffer, one connection", round => BufferAsync(server, application.Get<LogEntry>(One), round))
            .Side("LazyWriteBuffer, two connections", round => BufferAsync(server, application.Get<LogEntry>(Two), round))
            .RunAsync(shorter);
        yield return loads.Row("rows to commit, one connection", "1/s", rows => rows, Goal.RatioAtLeast(0.9), ours: "LazyWriteBuffer, one connection");
        yield return loads.Row("rows to commit, up to two connections", "1/s", rows => rows, Goal.RatioAtLeast(1.2), ours: "LazyWriteBuffer, two connections");
        yield return loads.Row("(by hand on two connections)", "1/s", rows => rows, Goal.None, ours: "COPY of 10,000 by hand, two connections");

        await using var pool = LogTable.Pool(server, Inserters);
        var inserts = await new Scenario<double>("rows beside INSERTs")
            .Side("INSERT on 16 pooled connections", round => InsertAsync(server, pool, round))
            .Side("LazyWriteBuffer", round => BufferAsync(server, application.Get<LogEntry>(Two), round))
            .RunAsync(shorter with { Rounds = run.Quick ? 3 : 5 });
        yield return inserts.Row("rows to commit beside an INSERT each", "1/s", rows => rows, Goal.RatioAtLeast(20));
    }

    private static async Task<double> CopyAsync(PostgresServer server, int connections, Round round)
    {
        await LogTable.EmptyAsync(server, round.CancellationToken);
        var open = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => server.OpenConnectionAsync(round.CancellationToken)));
        var started = Stopwatch.GetTimestamp();
        var copies = await Task.WhenAll(open.Select(connection => Task.Run(() => CopyUntilAsync(connection, started, round))));
        var elapsed = Stopwatch.GetElapsedTime(started);
        foreach (var connection in open)
        {
            await connection.DisposeAsync();
        }

        return await RateAsync(server, copies.Sum() * LogTable.CopyRows, elapsed, round);
    }

    private static async Task<long> CopyUntilAsync(NpgsqlConnection connection, long started, Round round)
    {
        var copies = 0L;
        for (; Stopwatch.GetElapsedTime(started) < round.Duration; copies++)
        {
            await LogTable.CopyAsync(connection, round.CancellationToken);
        }

        return copies;
    }

    private static async Task<double> BufferAsync(PostgresServer server, LazyWriteBuffer<LogEntry> buffer, Round round)
    {
        await LogTable.EmptyAsync(server, round.CancellationToken);
        var started = Stopwatch.GetTimestamp();
        var rows = 0L;
        while (Stopwatch.GetElapsedTime(started) < round.Duration)
        {
            for (var item = 0; item < 1_000; item++)
            {
                await buffer.EnqueueAsync(LogEntry.Pool[rows++ & (LogEntry.Pool.Length - 1)], round.CancellationToken);
            }
        }

        await buffer.FlushAsync(round.CancellationToken);
        return await RateAsync(server, rows, Stopwatch.GetElapsedTime(started), round);
    }

    private static async Task<double> InsertAsync(PostgresServer server, NpgsqlDataSource pool, Round round)
    {
        await LogTable.EmptyAsync(server, round.CancellationToken);
        var load = await ClosedLoop.RunAsync(Inserters, round, (client, cancellationToken) => LogTable.InsertAsync(pool, LogEntry.Pool[client], cancellationToken));
        return await RateAsync(server, load.Operations, load.Elapsed, round);
    }

    private static async Task<double> RateAsync(PostgresServer server, long rows, TimeSpan elapsed, Round round)
    {
        await LogTable.RequireAsync(server, rows, round.CancellationToken);
        return rows / elapsed.TotalSeconds;
    }
}
