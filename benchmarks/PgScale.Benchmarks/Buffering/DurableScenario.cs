using System.Diagnostics;
using PgScale.Benchmarks.Harness;
using PgScale.Buffering;
using PgScale.DependencyInjection;
using PgScale.Testing;

namespace PgScale.Benchmarks.Buffering;

/// <summary>What it costs to have entries on disk before they are acknowledged: bursts of a log, in memory only and durable.</summary>
internal static class DurableScenario
{
    private const int Burst = 40_960; // whole blocks for each producer
    private const int ProducerCount = 4;
    private const int WarmUps = 3;
    private const string Plain = "plain";
    private const string Json = "json";
    private const string Bytes = "bytes";

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresServer server, BenchmarkRun run)
    {
        var spools = Directory.CreateTempSubdirectory("pgscale-bench-");
        try
        {
            await using var application = await BufferedApplication.StartAsync(server.ConnectionString, builder => Add(builder, spools.FullName), run.CancellationToken);
            var outcome = await new Scenario<DurableSample>("durable")
                .Side("LazyWriteBuffer, plain", round => MeasureAsync(server, application.Get<LogEntry>(Plain), round))
                .Side("durable, JSON", round => MeasureAsync(server, application.Get<LogEntry>(Json), round))
                .Side("durable, bytes", round => MeasureAsync(server, application.Get<LogEntry>(Bytes), round))
                .RunAsync(run with { Rounds = run.Quick ? 3 : 7 });
            yield return outcome.Row("durable enqueue of a log entry, written as bytes, 4 producers", "1/s", sample => sample.EnqueuedPerSecond, Goal.RatioAtLeast(0.3));
            yield return outcome.Row("durable enqueue of a log entry, written as JSON, 4 producers", "1/s", sample => sample.EnqueuedPerSecond, Goal.None, "durable, JSON");
            yield return outcome.Row("durable entries from enqueue to commit, written as bytes", "1/s", sample => sample.WrittenPerSecond, Goal.None);
        }
        finally
        {
            spools.Delete(recursive: true);
        }
    }

    private static void Add(IPgScaleBuilder builder, string spools)
    {
        builder.AddLazyWriteBuffer<LogEntry>(Plain, to => LogTable.Map(to), Burstable);
        builder.AddLazyWriteBuffer<LogEntry>(Json, to => LogTable.Map(to).Durable(LogEntryJson.Default.LogEntry), options => Durable(options, Json));
        builder.AddLazyWriteBuffer<LogEntry>(Bytes, to => LogTable.Map(to).Durable(LogEntryBytes.Write, LogEntryBytes.Read), options => Durable(options, Bytes));

        void Durable(LazyWriteBufferOptions options, string name)
        {
            Burstable(options);
            options.SpoolDirectory = Path.Combine(spools, name);
        }
    }

    // Nothing is flushed during a burst, or the flush would be measured.
    private static void Burstable(LazyWriteBufferOptions options) =>
        (options.MaxItems, options.MaxBytes, options.BatchRows, options.BatchBytes, options.FlushInterval) = (8 * Burst, 1L << 30, 100_000, 64L << 20, TimeSpan.FromMinutes(1));

    private static async Task<DurableSample> MeasureAsync(PostgresServer server, LazyWriteBuffer<LogEntry> buffer, Round round)
    {
        for (var repetition = 1; round.IsWarmUp && repetition < WarmUps; repetition++)
        {
            await Producers.RunAsync(ProducerCount, Burst, entry => buffer.TryEnqueue(entry));
            await buffer.FlushAsync(round.CancellationToken);
        }

        await LogTable.EmptyAsync(server, round.CancellationToken);
        var started = Stopwatch.GetTimestamp();
        var produced = await Producers.RunAsync(ProducerCount, Burst, entry => buffer.TryEnqueue(entry));
        await buffer.FlushAsync(round.CancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started);
        await LogTable.RequireAsync(server, Burst, round.CancellationToken);
        return new(1e9 / produced.Nanoseconds, Burst / elapsed.TotalSeconds);
    }
}
