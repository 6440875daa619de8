using System.Diagnostics;
using Npgsql;
using PgScale.Benchmarks.Harness;
using PgScale.Ddl;
using PgScale.Testing;

namespace PgScale.Benchmarks.Ddl;

/// <summary>A column is added to a table that a transaction of four seconds holds for 80 % of the time, while clients work on it.</summary>
internal sealed class LockScenario(PostgresServer server, SafeDdlExecutor executor, int clients)
{
    private const string None = "no change";
    private const string Naive = "ALTER TABLE";
    private const string Retries = "lock_timeout 500 ms, retries";
    private const string Ours = "SafeDdlExecutor";
    private const int Limit = 100;
    private const double Spare = 1;

    private static readonly TimeSpan ThinkTime = TimeSpan.FromMilliseconds(2);

    // Begins while the table is held, at another moment in each round.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(700);

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresServer server, BenchmarkRun run)
    {
        await server.ExecuteAsync(
            "CREATE TABLE message (id int PRIMARY KEY, seen bigint NOT NULL, body text) WITH (fillfactor = 50); INSERT INTO message SELECT i, 0, repeat('x', 100) FROM generate_series(1, 1000) i",
            run.CancellationToken);
        await using var application = await DdlApplication.StartAsync([server], run.CancellationToken);
        foreach (var clients in (int[])[8, 24])
        {
            var scenario = new LockScenario(server, application.Executor, clients);
            var outcome = await scenario.MeasureAsync(run with { Rounds = run.Quick ? 2 : 5 });
            var measure = $"ADD COLUMN, {clients} clients, table held 80 % of the time";
            yield return outcome.Row($"{measure}: longest stall, worst", "ms", stall => stall.Milliseconds, Goal.AtMost(Limit), Ours, worst: true, beside: Naive);
            yield return outcome.Row($"{measure}: longest stall beside retries, worst", "ms", stall => stall.Milliseconds, Goal.RatioAtMost(0.2), Ours, worst: true, beside: Retries);
            yield return outcome.Row($"{measure}: longest operation without a change, worst", "ms", stall => stall.Milliseconds, Goal.None, None, worst: true, beside: Naive);
            yield return outcome.Row(
                $"{measure}: until it is done, worst", "s", stall => stall.Seconds, Goal.AtMost((LongTransactions.Held + LongTransactions.Free).TotalSeconds + Spare), Ours, worst: true, beside: Retries);
        }
    }

    private Task<ScenarioOutcome<Stall>> MeasureAsync(BenchmarkRun run) => new Scenario<Stall>($"ADD COLUMN with {clients} clients")
        .Side(None, round => TurnAsync(round, async (_, cancellationToken) =>
        {
            await Task.Delay(LongTransactions.Held, TimeProvider.System, cancellationToken);
            return 0;
        }))
        .Side(Naive, round => TurnAsync(round, (sql, cancellationToken) => PlainChange.RunAsync(server, sql, cancellationToken)))
        .Side(Retries, round => TurnAsync(round, (sql, cancellationToken) => PlainChange.RetryAsync(server, sql, cancellationToken)))
        .Side(Ours, round => TurnAsync(round, async (sql, cancellationToken) => (await executor.ExecuteAsync(sql, cancellationToken: cancellationToken)).Steps.Sum(step => step.Attempts)))
        .RunAsync(run);

    private async Task<Stall> TurnAsync(Round round, Func<string, CancellationToken, Task<int>> change)
    {
        if (round.IsWarmUp)
        {
            await change("CREATE TABLE IF NOT EXISTS warmed (id int)", round.CancellationToken);
            return new(0, 0, 0);
        }

        await server.ExecuteAsync("ALTER TABLE message DROP COLUMN IF EXISTS version", round.CancellationToken);
        await using var load = await TableClients.StartAsync(server, clients, ThinkTime, WorkAsync, round.CancellationToken);
        await using var reports = await LongTransactions.StartAsync(server, "message", round.CancellationToken);
        await Task.Delay(TimeSpan.FromTicks(round.Number * Step.Ticks % LongTransactions.Held.Ticks), TimeProvider.System, round.CancellationToken);
        var from = Stopwatch.GetTimestamp();
        var tries = await change("ALTER TABLE message ADD COLUMN version int", round.CancellationToken);
        var to = Stopwatch.GetTimestamp();
        var (longest, failed) = await load.StopAsync(from, to);
        return failed == 0 ? new(longest, Stopwatch.GetElapsedTime(from, to).TotalSeconds, tries) : throw new InvalidOperationException($"{failed} operations failed.");
    }

    // Eight clients write as fast as they can; of many, each holds its lock for eight milliseconds, so that there is always one.
    private async Task WorkAsync(NpgsqlConnection connection)
    {
        var update = $"UPDATE message SET seen = seen + 1 WHERE id = {Random.Shared.Next(1, 1_001)}";
        await using var command = new NpgsqlCommand(clients > 8 ? $"BEGIN; {update}; SELECT pg_sleep(0.008); COMMIT" : update, connection);
        await command.ExecuteNonQueryAsync();
    }
}
