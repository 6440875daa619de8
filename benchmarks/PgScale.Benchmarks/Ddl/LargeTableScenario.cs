using System.Diagnostics;
using Npgsql;
using PgScale.Benchmarks.Harness;
using PgScale.Ddl;
using PgScale.Testing;

namespace PgScale.Benchmarks.Ddl;

/// <summary>The changes that read or write every row, on a large table that is written to: as written, and by the plans.</summary>
internal sealed class LargeTableScenario(PostgresServer server, SafeDdlExecutor executor, int rows)
{
    private const int Writers = 4;
    private const int Limit = 100;

    private static readonly TimeSpan ThinkTime = TimeSpan.FromMilliseconds(5);

    private static readonly (string Name, string Sql)[] Changes =
    [
        ("SET NOT NULL", "ALTER TABLE {0} ALTER COLUMN customer SET NOT NULL"),
        ("UNIQUE", "ALTER TABLE {0} ADD CONSTRAINT {0}_number UNIQUE (number)"),
        ("FOREIGN KEY", "ALTER TABLE {0} ADD CONSTRAINT {0}_customer FOREIGN KEY (customer) REFERENCES customer"),
        ("int to bigint", "ALTER TABLE {0} ALTER COLUMN number TYPE bigint"),
    ];

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresServer server, BenchmarkRun run)
    {
        var rows = run.Quick ? 500_000 : 5_000_000;
        await using var application = await DdlApplication.StartAsync([server], run.CancellationToken);
        var scenario = new LargeTableScenario(server, application.Executor, rows);
        run.Progress($"loading two tables of {rows:N0} rows");
        await scenario.LoadAsync(run.CancellationToken);
        foreach (var (name, sql) in Changes)
        {
            run.Progress($"{name} on {rows:N0} rows");
            var naive = await scenario.MeasureAsync("plain_order", text => PlainChange.RunAsync(server, text, run.CancellationToken), sql, run.CancellationToken);
            var ours = await scenario.MeasureAsync("safe_order", text => application.Executor.ExecuteAsync(text, cancellationToken: run.CancellationToken), sql, run.CancellationToken);
            var outcome = new ScenarioOutcome<Stall>(run.Room, [("as written", [naive]), ("SafeDdlExecutor", [ours])]);
            yield return outcome.Row($"{name}, {rows:N0} rows under write load: longest stall", "ms", stall => stall.Milliseconds, Goal.AtMost(Limit));
            yield return outcome.Row($"{name}, {rows:N0} rows under write load: time", "s", stall => stall.Seconds, Goal.None);
        }

        await server.ExecuteAsync("DROP TABLE plain_order, safe_order, customer", run.CancellationToken);
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        await server.ExecuteAsync("CREATE TABLE customer (id int PRIMARY KEY); INSERT INTO customer SELECT generate_series(1, 1000)", cancellationToken);
        foreach (var table in (string[])["plain_order", "safe_order"])
        {
            await server.ExecuteAsync(
                $"""
                CREATE TABLE {table} (id int PRIMARY KEY, number int, customer int, amount bigint NOT NULL, note text) WITH (fillfactor = 90);
                INSERT INTO {table} SELECT i, i, 1 + i % 1000, 0, repeat('x', 50) FROM generate_series(1, {rows}) i
                """,
                cancellationToken);
            await server.ExecuteAsync($"VACUUM ANALYZE {table}", cancellationToken);
        }

        await server.ExecuteAsync("CHECKPOINT", cancellationToken);
        await executor.ExecuteAsync("CREATE TABLE IF NOT EXISTS warmed (id int)", cancellationToken: cancellationToken);
    }

    private async Task<Stall> MeasureAsync(string table, Func<string, Task> change, string sql, CancellationToken cancellationToken)
    {
        await server.ExecuteAsync("CHECKPOINT", cancellationToken);
        await using var load = await TableClients.StartAsync(server, Writers, ThinkTime, connection => WriteAsync(connection, table), cancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(0.5), TimeProvider.System, cancellationToken);
        var from = Stopwatch.GetTimestamp();
        await change(string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, table));
        var to = Stopwatch.GetTimestamp();
        var (longest, failed) = await load.StopAsync(from, to);
        return failed == 0 ? new(longest, Stopwatch.GetElapsedTime(from, to).TotalSeconds, 1) : throw new InvalidOperationException($"{failed} writes failed.");
    }

    private async Task WriteAsync(NpgsqlConnection connection, string table)
    {
        await using var command = new NpgsqlCommand($"UPDATE {table} SET amount = amount + 1 WHERE id = {Random.Shared.Next(1, rows + 1)}", connection);
        await command.ExecuteNonQueryAsync();
    }
}
