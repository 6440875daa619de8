using System.Diagnostics;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;
using PgScale.Buffering;
using PgScale.Testing;

namespace PgScale.Benchmarks.Buffering;

/// <summary>How long a request waits for its log entry: with an INSERT that it awaits, and with a buffer. The same clients with the same pauses.</summary>
internal static class CallerLatencyScenario
{
    private const int CallerCount = 16;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresServer server, BenchmarkRun run)
    {
        await using var pool = LogTable.Pool(server, CallerCount);
        await using var application = await BufferedApplication.StartAsync(
            server.ConnectionString, builder => builder.AddLazyWriteBuffer<LogEntry>(to => LogTable.Map(to)), run.CancellationToken);
        var buffer = application.Get<LogEntry>();
        var outcome = await new Scenario<LoadResult>("a caller's latency")
            .Side("INSERT on 16 pooled connections", round => CallAsync(round, (client, cancellationToken) => LogTable.InsertAsync(pool, LogEntry.Pool[client], cancellationToken)))
            .Side("LazyWriteBuffer", async round =>
            {
                var load = await CallAsync(round, async (client, cancellationToken) => await buffer.EnqueueAsync(LogEntry.Pool[client], cancellationToken));
                await buffer.FlushAsync(round.CancellationToken);
                return load;
            })
            .RunAsync(run with { Rounds = run.Quick ? 3 : 5, RoundTime = TimeSpan.FromSeconds(run.Quick ? 0.5 : 2) });
        yield return outcome.Row("caller's latency, median", "µs", load => load.Latency.Percentile(50).TotalMicroseconds, Goal.RatioAtMost(0.002));
        yield return outcome.Row("caller's latency, p99", "µs", load => load.Latency.Percentile(99).TotalMicroseconds, Goal.None);
        await LogTable.EmptyAsync(server, run.CancellationToken);
    }

    private static Task<LoadResult> CallAsync(Round round, Operation operation)
    {
        var end = Stopwatch.GetTimestamp() + (long)(round.Duration.TotalSeconds * Stopwatch.Frequency);
        return Clients.RunAsync(CallerCount, countFailures: false, LoopAsync, round.CancellationToken);

        async Task LoopAsync(int client, ClientRecord record, CancellationToken cancellationToken)
        {
            while (Stopwatch.GetTimestamp() < end)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
                await record.MeasureAsync(operation, client, Stopwatch.GetTimestamp(), cancellationToken);
            }
        }
    }
}
