using System.Diagnostics;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;
using PgScale.Buffering;
using PgScale.Testing;

namespace PgScale.Benchmarks.Buffering;

/// <summary>The database hangs, dies and comes back while 10,000 entries a second go on coming.</summary>
internal static class OutageScenario
{
    private const int PerSecond = 10_000;
    private const int SecondsToSpare = 20; // until the buffer has noticed that the server is back
    private const int BytesOfEntry = 900;
    private const int CallerCount = 2;

    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresServer server, BenchmarkRun run)
    {
        await LogTable.EmptyAsync(server, run.CancellationToken);
        var outage = TimeSpan.FromSeconds(run.Quick ? 10 : 60);
        run.Progress($"the database is down for {outage.TotalSeconds:0} s");
        var sample = await MeasureAsync(server, outage, run.CancellationToken);
        var outcome = new ScenarioOutcome<OutageSample>(run.Room, [("LazyWriteBuffer", [sample])]);
        var measure = $"database down for {outage.TotalSeconds:0} s at 10,000 items/s";
        yield return outcome.Row($"{measure}: items lost or refused", "items", figures => figures.Lost, Goal.AtMost(0));
        yield return outcome.Row($"{measure}: items written twice", "items", figures => figures.Twice, Goal.AtMost(0));
        yield return outcome.Row($"{measure}: longest enqueue", "ms", figures => figures.LongestMilliseconds, Goal.None);
        yield return outcome.Row($"{measure}: until all is written once it is back", "s", figures => figures.CatchUpSeconds, Goal.None);
        yield return new ScenarioOutcome<double>(run.Room, [("what counts towards MaxBytes", [sample.CountedMegabytes]), ("the heap", [sample.HeapMegabytes])])
            .Row($"{measure}: memory", "MB", megabytes => megabytes, Goal.RatioAtMost(1.2));
    }

    private static async Task<OutageSample> MeasureAsync(PostgresServer server, TimeSpan outage, CancellationToken cancellationToken)
    {
        var most = (int)(outage.TotalSeconds + SecondsToSpare) * PerSecond;
        await using var application = await BufferedApplication.StartAsync(
            server.ConnectionString,
            builder => builder.AddLazyWriteBuffer<LogEntry>(to => LogTable.Map(to), options => (options.MaxItems, options.MaxBytes) = (most, (long)most * BytesOfEntry)),
            cancellationToken);
        var buffer = application.Get<LogEntry>();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var enqueued = 0L;
        var round = new Round(1, Calm + outage + Calm, cancellationToken);
        var longest = new LatencyHistogram[CallerCount];
        var load = PacedLoop.RunAsync(CallerCount, PerSecond, round, (caller, _) =>
        {
            var entry = LogEntry.Create(Interlocked.Increment(ref enqueued));
            var started = Stopwatch.GetTimestamp();
            buffer.TryEnqueue(entry); // one that is refused is missing in the table
            (longest[caller] ??= new()).Record(started, Stopwatch.GetTimestamp());
            return default;
        });
        var (counted, heap) = await BreakAsync(server, buffer, outage, before, cancellationToken);
        var back = Stopwatch.GetTimestamp();
        await load;
        await buffer.FlushAsync(cancellationToken).WaitAsync(Patience, cancellationToken);
        var catchUp = Stopwatch.GetElapsedTime(back);
        var (rows, distinct) = (
            await server.ScalarAsync<long>("SELECT count(*) FROM log_entry", cancellationToken),
            await server.ScalarAsync<long>("SELECT count(DISTINCT number) FROM log_entry", cancellationToken));
        return new(enqueued - distinct, rows - distinct, longest.Max(caller => caller?.Max ?? default).TotalMilliseconds, catchUp.TotalSeconds, counted / 1e6, heap / 1e6);
    }

    private static async Task<(double Counted, double Heap)> BreakAsync(
        PostgresServer server, LazyWriteBuffer<LogEntry> buffer, TimeSpan outage, long before, CancellationToken cancellationToken)
    {
        await Task.Delay(Calm, TimeProvider.System, cancellationToken);
        await server.FreezeAsync();
        await Task.Delay(outage / 2, TimeProvider.System, cancellationToken);
        await server.KillAsync(cancellationToken);
        await Task.Delay(outage / 2, TimeProvider.System, cancellationToken);
        var heap = GC.GetTotalMemory(forceFullCollection: true) - before;
        var counted = ((ILazyWriteBuffer)buffer).Source.Depth.Bytes;
        await server.StartAsync(cancellationToken);
        return (counted, Math.Max(0, heap));
    }
}
