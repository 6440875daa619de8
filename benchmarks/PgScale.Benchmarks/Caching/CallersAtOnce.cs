using System.Diagnostics;
using PgScale.Benchmarks.Load;

namespace PgScale.Benchmarks.Caching;

/// <summary>Callers who all come at the same moment, once each.</summary>
internal static class CallersAtOnce
{
    /// <summary>What each waited, whether it got a value or an error of the load.</summary>
    public static async Task<LatencyHistogram> RunAsync(int callers, Func<ValueTask<string>> call)
    {
        var waits = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                await call();
            }
            catch (InvalidDataException)
            {
                // loads that fail do so on purpose here
            }

            return Stopwatch.GetElapsedTime(start);
        })));
        var latency = new LatencyHistogram();
        Array.ForEach(waits, latency.Record);
        return latency;
    }
}
