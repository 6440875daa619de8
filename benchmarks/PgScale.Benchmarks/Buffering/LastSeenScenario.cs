using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Buffering;

/// <summary>When 2,000 users were last seen, who send a request every 30 s to one of four processes, noted once an hour. Hours pass in seconds.</summary>
internal static class LastSeenScenario
{
    private const int BeatSeconds = 30;

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresServer server, BenchmarkRun run)
    {
        var hours = run.Quick ? 2.5 : 8;
        run.Progress($"last seen: {hours} hours of {LastSeenProcess.Users} users");
        var sample = await MeasureAsync(server, hours, run.CancellationToken);
        var outcome = new ScenarioOutcome<LastSeenSample>(run.Room, [("LazyWriteBuffer", [sample])]);
        yield return outcome.Row("last seen, 4 processes: requests that updated no row", "%", figures => figures.SavedPercent, Goal.AtLeast(95));
        yield return outcome.Row("last seen, 4 processes: furthest that a row was behind", "min", figures => figures.BehindMinutes, Goal.AtMost(LastSeenProcess.Span.TotalMinutes));
    }

    private static async Task<LastSeenSample> MeasureAsync(PostgresServer server, double hours, CancellationToken cancellationToken)
    {
        await server.ExecuteAsync("CREATE TABLE user_seen (id bigint PRIMARY KEY, last_seen timestamptz NOT NULL)", cancellationToken);
        await server.ExecuteAsync($"INSERT INTO user_seen SELECT id, 'epoch' FROM generate_series(0, {LastSeenProcess.Users - 1}) AS id", cancellationToken);
        var processes = await Task.WhenAll(Enumerable.Range(0, LastSeenProcess.Count).Select(number => LastSeenProcess.LaunchAsync(number, server.ConnectionString)));
        try
        {
            var (beats, behind) = (0L, 0.0);
            for (var second = 0; second < hours * 3_600; second += BeatSeconds)
            {
                await Task.WhenAll(processes.Select(process => process.TakeAsync(second)));
                beats += LastSeenProcess.Users;
                behind = Math.Max(behind, await BehindAsync(server, second, cancellationToken));
            }

            await Task.WhenAll(processes.Select(process => process.FinishAsync())); // a session reports its updates when it ends
            var updates = await server.ScalarAsync<long>("SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'user_seen'", cancellationToken);
            return updates >= LastSeenProcess.Users
                ? new(100 * (1 - ((double)updates / beats)), updates, behind)
                : throw new InvalidOperationException($"The server counts {updates} updates of {LastSeenProcess.Users} users, each of whom was seen.");
        }
        finally
        {
            Array.ForEach(processes, process => process.Dispose());
        }
    }

    private static async Task<double> BehindAsync(PostgresServer server, int second, CancellationToken cancellationToken)
    {
        var oldest = await server.ScalarAsync<DateTime>("SELECT min(last_seen) FROM user_seen", cancellationToken);
        return (LastSeenProcess.Start.AddSeconds(second) - oldest).TotalMinutes;
    }
}
