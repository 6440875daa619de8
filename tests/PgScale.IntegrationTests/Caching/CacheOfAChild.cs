using System.Diagnostics;
using System.Globalization;
using PgScale.Cluster;

namespace PgScale.IntegrationTests.Caching;

/// <summary>A cache in a process of its own, told by its standard input what to do; each order has one line for an answer.</summary>
internal static class CacheOfAChild
{
    internal static async Task RunAsync(string redis)
    {
        // A machine with more work than processors is no outage of Redis.
        await using var cached = await Cached.StartAsync(
            redis, static options => (options.LocalExpirationWithoutRedis, options.RedisTimeout) = (TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        await SayAsync("ready");
        while (await Console.In.ReadLineAsync() is { } order)
        {
            await SayAsync(await ObeyAsync(cached, order.Split(' ')));
        }
    }

    private static async Task<string> ObeyAsync(Cached cached, string[] order)
    {
        switch (order)
        {
            case ["stampede", var key, var callers, var milliseconds]:
                return await StampedeAsync(cached, key, Number(callers), TimeSpan.FromMilliseconds(Number(milliseconds)));
            case ["hold", var key]:
                var begun = new TaskCompletionSource();
                _ = cached.Cache.GetOrCreateAsync(key, async token =>
                {
                    begun.SetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                    return "never";
                }).AsTask();
                await begun.Task;
                return "holding";
            case ["get", var key, var loaded]:
                return await cached.GetAsync(key, loaded);
            case ["remove", var key]:
                return (await cached.Cache.RemoveAsync(key, ConsistencyToken.None)).ToString();
            default:
                return "?";
        }
    }

    // Loads begun here, and the longest wait in milliseconds.
    private static async Task<string> StampedeAsync(Cached cached, string key, int callers, TimeSpan load)
    {
        var loads = 0;
        var longest = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            var startedAt = Stopwatch.GetTimestamp();
            await cached.Cache.GetOrCreateAsync(key, async token =>
            {
                Interlocked.Increment(ref loads);
                await Task.Delay(load, TimeProvider.System, token);
                return "v";
            });
            return Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds;
        })));
        return string.Create(CultureInfo.InvariantCulture, $"{loads} {longest.Max():0}");
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static async Task SayAsync(string line)
    {
        await Console.Out.WriteLineAsync(line);
        await Console.Out.FlushAsync();
    }
}
