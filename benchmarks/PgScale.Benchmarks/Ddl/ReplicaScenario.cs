using System.Diagnostics;
using Npgsql;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Ddl;

/// <summary>A column is added on the primary while a replica has one query of four seconds and many short ones on the table.</summary>
internal sealed class ReplicaScenario(PostgresCluster cluster)
{
    private const int Readers = 4;
    private const int Limit = 100;
    private const string LongQuery = "SELECT count(*), pg_sleep(4) FROM message WHERE id = 1";

    private static readonly TimeSpan ThinkTime = TimeSpan.FromMilliseconds(10);

    private readonly PostgresServer _replica = cluster.Replicas[0];

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresCluster cluster, BenchmarkRun run)
    {
        await cluster.Primary.ExecuteAsync("CREATE TABLE message (id int PRIMARY KEY, body text); INSERT INTO message SELECT i, 'x' FROM generate_series(1, 1000) i", run.CancellationToken);
        await cluster.WaitForReplicasAsync(run.CancellationToken);
        await using var application = await DdlApplication.StartAsync(cluster.Servers, run.CancellationToken);
        var scenario = new ReplicaScenario(cluster);
        var outcome = await new Scenario<ReplicaSample>("a lock that is replayed")
            .Side("ALTER TABLE", round => scenario.TurnAsync(round, sql => PlainChange.RunAsync(cluster.Primary, sql, round.CancellationToken)))
            .Side("SafeDdlExecutor", round => scenario.TurnAsync(round, sql => application.Executor.ExecuteAsync(sql, cancellationToken: round.CancellationToken)))
            .RunAsync(run with { Rounds = run.Quick ? 1 : 3 });
        const string measure = "ADD COLUMN while a replica reads for 4 s";
        yield return outcome.Row($"{measure}: queries cancelled there, worst", "queries", sample => sample.Cancelled, Goal.AtMost(0), worst: true);
        yield return outcome.Row($"{measure}: longest short query there, worst", "ms", sample => sample.StallMilliseconds, Goal.AtMost(Limit), worst: true);
        yield return outcome.Row($"{measure}: until it is done", "s", sample => sample.Seconds, Goal.None);
    }

    private async Task<ReplicaSample> TurnAsync(Round round, Func<string, Task> change)
    {
        if (round.IsWarmUp)
        {
            await change("CREATE TABLE IF NOT EXISTS warmed (id int)");
            return new(0, 0, 0);
        }

        await cluster.Primary.ExecuteAsync("ALTER TABLE message DROP COLUMN IF EXISTS version", round.CancellationToken);
        await cluster.WaitForReplicasAsync(round.CancellationToken);
        await using var load = await TableClients.StartAsync(_replica, Readers, ThinkTime, ReadAsync, round.CancellationToken);
        var query = ReadForLongAsync();
        await UntilReadAsync(round.CancellationToken);
        var from = Stopwatch.GetTimestamp();
        await change("ALTER TABLE message ADD COLUMN version int");
        var took = Stopwatch.GetElapsedTime(from);
        var cancelled = await query;
        await cluster.WaitForReplicasAsync(round.CancellationToken);
        var (longest, failed) = await load.StopAsync(from, Stopwatch.GetTimestamp());
        return new(cancelled + failed, longest, took.TotalSeconds);
    }

    private async Task<int> ReadForLongAsync()
    {
        await using var connection = await _replica.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(LongQuery, connection);
        try
        {
            await command.ExecuteNonQueryAsync();
            return 0;
        }
        catch (PostgresException)
        {
            return 1;
        }
    }

    private async Task UntilReadAsync(CancellationToken cancellationToken)
    {
        while (await _replica.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(4)%' AND state = 'active' AND pid <> pg_backend_pid()", cancellationToken) == 0)
        {
            await Task.Delay(ThinkTime, TimeProvider.System, cancellationToken);
        }
    }

    private static async Task ReadAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT body FROM message WHERE id = 7", connection);
        await command.ExecuteNonQueryAsync();
    }
}
