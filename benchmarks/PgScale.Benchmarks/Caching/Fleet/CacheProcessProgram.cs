using System.Text.Json;
using PgScale.Benchmarks.Caching.Races;
using PgScale.Benchmarks.Caching.Sides;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;

namespace PgScale.Benchmarks.Caching.Fleet;

/// <summary>What <see cref="CacheProcess"/> runs: a line that sets the cache up, then a line for each order, until the input ends.</summary>
internal sealed class CacheProcessProgram(CacheSetup setup, ICacheSide cache)
{
    // Enough that a pace is kept through a load; the rest of the wait counts as latency.
    private const int TrafficClients = 64;

    public static async Task<int> RunAsync()
    {
        var setup = JsonSerializer.Deserialize<CacheSetup>((await Console.In.ReadLineAsync())!)!;
        await using var cache = await CacheSides.StartAsync(setup, CancellationToken.None);
        var program = new CacheProcessProgram(setup, cache);
        await SayAsync(CacheProcess.Ready);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var report = await program.ObeyAsync(JsonSerializer.Deserialize<CacheOrder>(line)!);
            await SayAsync(JsonSerializer.Serialize(report));
        }

        return 0;
    }

    private Task<CacheReport> ObeyAsync(CacheOrder order) => order.Verb switch
    {
        CacheVerb.Stampede => StampedeAsync(order),
        CacheVerb.Traffic => TrafficAsync(order),
        CacheVerb.Many => ManyAsync(order),
        CacheVerb.Hold => HoldAsync(order),
        _ => RaceAsync(order),
    };

    private async Task<CacheReport> StampedeAsync(CacheOrder order)
    {
        var loads = new CountedLoads(order.Load);
        var latency = await CallersAtOnce.RunAsync(order.Count, () => cache.GetAsync(order.Key, loads.LoadAsync));
        return new() { Loads = loads.Count, Operations = order.Count, Latency = latency.ToText() };
    }

    private async Task<CacheReport> TrafficAsync(CacheOrder order)
    {
        var loads = new CountedLoads(order.Load);
        await cache.GetAsync(order.Key, loads.LoadAsync);
        var before = loads.Count;
        var round = new Round(1, order.Time, CancellationToken.None);
        var load = await PacedLoop.RunAsync(TrafficClients, order.PerSecond, round, async (_, _) => await cache.GetAsync(order.Key, loads.LoadAsync));
        return new() { Loads = loads.Count - before, Operations = load.Operations, Elapsed = load.Elapsed, Latency = load.Latency.ToText() };
    }

    private async Task<CacheReport> ManyAsync(CacheOrder order)
    {
        var loads = new CountedManyLoads(order.Load);
        await cache.GetManyAsync([.. Enumerable.Range(0, order.Count).Select(number => $"{order.Key}:{number}")], loads.LoadAsync);
        return new() { Loads = loads.Keys, Operations = loads.Calls };
    }

    private async Task<CacheReport> HoldAsync(CacheOrder order)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = cache.GetAsync(order.Key, async (_, cancellationToken) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return "never";
        }).AsTask();
        await begun.Task;
        return new() { Loads = 1 };
    }

    private async Task<CacheReport> RaceAsync(CacheOrder order)
    {
        await using var shared = await SharedNumbers.ConnectAsync(setup.Rows!);
        var rows = RowStores.For(setup, cache, shared);
        await using (rows as IAsyncDisposable)
        {
            return await new Race(cache, rows, shared, order.Key).RunAsync(order.Count, order.Writes, order.Time);
        }
    }

    private static async Task SayAsync(string line)
    {
        await Console.Out.WriteLineAsync(line);
        await Console.Out.FlushAsync();
    }
}
