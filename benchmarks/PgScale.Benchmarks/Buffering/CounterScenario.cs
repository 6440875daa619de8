using System.Diagnostics;
using System.Globalization;
using Npgsql;
using PgScale.Benchmarks.Caching;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;
using PgScale.Buffering;
using PgScale.Testing;

namespace PgScale.Benchmarks.Buffering;

/// <summary>Counting messages of conversations, some of which are far more popular than others.</summary>
internal sealed class CounterScenario
{
    private const int HitsOfFlush = 100_000;
    private const int Flushes = 10; // different ones; then they come again
    private const int Updaters = 16;
    private const int Producers = 2;
    private const string ByFlush = "LazyWriteBuffer, a flush for 100,000 hits";
    private const string ByTime = "LazyWriteBuffer, a flush each second";

    private static readonly DateTime At = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly PostgresServer _server;
    private readonly CounterTable _table;
    private readonly int[] _trace;
    private readonly int _keys;
    private readonly int[] _distinct;

    private CounterScenario(PostgresServer server, int keys)
    {
        (_server, _keys, _table) = (server, keys, new CounterTable(server, keys));
        _trace = KeyTrace.Zipf(keys, skew: 1, length: HitsOfFlush * Flushes);
        _distinct = [.. _trace.Chunk(HitsOfFlush).Select(part => part.Distinct().Count())];
    }

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresServer server, BenchmarkRun run)
    {
        foreach (var keys in new[] { 1_000, 10_000 })
        {
            var scenario = new CounterScenario(server, keys);
            var name = string.Create(CultureInfo.InvariantCulture, $"counters, {keys:N0} keys");
            var outcome = await new Scenario<CounterSample>(name)
                .Side("an UPDATE a hit, 16 connections", scenario.ByHandAsync)
                .Side(ByFlush, scenario.ByFlushAsync)
                .Side(ByTime, scenario.ByTimeAsync)
                .RunAsync(run with { Rounds = run.Quick ? 3 : 5, RoundTime = TimeSpan.FromSeconds(run.Quick ? 0.5 : 2) });
            yield return outcome.Row($"{name}: hits", "1/s", sample => sample.HitsPerSecond, Goal.AtLeast(1_000_000), ByTime);
            yield return outcome.Row($"{name}: WAL for a hit", "B", sample => sample.WalBytes, keys == 1_000 ? Goal.RatioAtMost(0.02) : Goal.None, ByFlush);
            yield return outcome.Row($"{name}: row updates for 100,000 hits", "rows", sample => sample.RowUpdates, Goal.None, ByFlush);
            yield return outcome.Row($"{name}: row updates but one for each key of a flush, worst round", "rows", sample => sample.Unexpected, Goal.AtMost(0), ByFlush, worst: true);
            yield return outcome.Row($"{name}: dead rows left by 100,000 hits", "rows", sample => sample.DeadRows, Goal.None, ByFlush);
            yield return outcome.Row($"{name}: hits miscounted, worst round", "hits", sample => sample.Miscounted, Goal.AtMost(0), ByFlush, worst: true);
            yield return outcome.Row($"{name}: hits miscounted with flushes by time, worst round", "hits", sample => sample.Miscounted, Goal.AtMost(0), ByTime, worst: true);
        }
    }

    private async Task<CounterSample> ByHandAsync(Round round)
    {
        await _table.CreateAsync(round.CancellationToken);
        var counts = new int[Updaters];
        await _table.BeginAsync(round.CancellationToken);
        var pool = LogTable.Pool(_server, Updaters);
        var load = await ClosedLoop.RunAsync(Updaters, round, (client, cancellationToken) => UpdateAsync(pool, _trace[PlaceOf(client, Updaters, counts[client]++)], cancellationToken));
        var wal = await _table.WalAsync(round.CancellationToken);
        await pool.DisposeAsync();
        return await _table.EndAsync(load.Operations, load.Elapsed, TruthOf(counts), load.Operations, wal, round.CancellationToken);
    }

    private async Task<CounterSample> ByFlushAsync(Round round)
    {
        await _table.CreateAsync(round.CancellationToken);
        var counts = new int[Producers];
        var expected = 0L;
        var application = await StartAsync(options => options.FlushInterval = TimeSpan.FromMinutes(1), round);
        var buffer = application.Get<Hit>();
        await _table.BeginAsync(round.CancellationToken);
        var started = Stopwatch.GetTimestamp();
        for (var flush = 0; flush == 0 || Stopwatch.GetElapsedTime(started) < round.Duration; flush++)
        {
            var from = flush % Flushes * HitsOfFlush;
            await Task.WhenAll(Enumerable.Range(0, Producers).Select(producer => Task.Run(() => EnqueueAll(buffer, from + (producer * (HitsOfFlush / Producers)), HitsOfFlush / Producers))));
            await buffer.FlushAsync(round.CancellationToken);
            expected += _distinct[flush % Flushes];
            counts[0] += HitsOfFlush;
        }

        var (elapsed, wal) = (Stopwatch.GetElapsedTime(started), await _table.WalAsync(round.CancellationToken));
        await application.DisposeAsync();
        return await _table.EndAsync(counts[0], elapsed, TruthOf([counts[0]]), expected, wal, round.CancellationToken);
    }

    private async Task<CounterSample> ByTimeAsync(Round round)
    {
        await _table.CreateAsync(round.CancellationToken);
        var application = await StartAsync(static _ => { }, round);
        var buffer = application.Get<Hit>();
        await _table.BeginAsync(round.CancellationToken);
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, Producers).Select(producer => Task.Run(() => EnqueueUntil(buffer, producer, started, round.Duration))));
        await buffer.FlushAsync(round.CancellationToken);
        var (elapsed, wal) = (Stopwatch.GetElapsedTime(started), await _table.WalAsync(round.CancellationToken));
        await application.DisposeAsync();
        return await _table.EndAsync(counts.Sum(count => (long)count), elapsed, TruthOf(counts), expectedUpdates: null, wal, round.CancellationToken);
    }

    private Task<BufferedApplication> StartAsync(Action<LazyWriteBufferOptions> configure, Round round) => BufferedApplication.StartAsync(
        _server.ConnectionString, builder => builder.AddLazyWriteBuffer<Hit>(to => CounterTable.Map(to), configure), round.CancellationToken);

    private int EnqueueUntil(LazyWriteBuffer<Hit> buffer, int producer, long started, TimeSpan duration)
    {
        const int part = 1_000; // between two looks at the clock
        var count = 0;
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            EnqueueAll(buffer, PlaceOf(producer, Producers, count), part);
            count += part;
        }

        return count;
    }

    private void EnqueueAll(LazyWriteBuffer<Hit> buffer, int from, int count)
    {
        foreach (var key in _trace.AsSpan(from, count))
        {
            if (!buffer.TryEnqueue(new(key, At)))
            {
                throw new InvalidOperationException("The buffer took a hit of a key not, although it has room for all keys.");
            }
        }
    }

    // Each client goes through the whole trace, from a place of its own.
    private int PlaceOf(int client, int clients, int number) => (int)((((long)client * (_trace.Length / clients)) + number) % _trace.Length);

    private long[] TruthOf(int[] counts)
    {
        var truth = new long[_keys];
        for (var client = 0; client < counts.Length; client++)
        {
            for (var number = 0; number < counts[client]; number++)
            {
                truth[_trace[PlaceOf(client, counts.Length, number)]]++;
            }
        }

        return truth;
    }

    private static async ValueTask UpdateAsync(NpgsqlDataSource pool, int key, CancellationToken cancellationToken)
    {
        await using var connection = await pool.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(CounterTable.UpdateSql, connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = key });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = At });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
