using System.Diagnostics;

namespace PgScale.Benchmarks.Load;

/// <summary>Runs clients side by side. One that throws ends them all, so that a broken benchmark cannot report a figure.</summary>
internal static class Clients
{
    public static async Task<LoadResult> RunAsync(
        int count, bool countFailures, Func<int, ClientRecord, CancellationToken, Task> client, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var records = Enumerable.Range(0, count).Select(_ => new ClientRecord(countFailures)).ToArray();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(records.Select((record, number) => Task.Run(() => GuardAsync(number, record), CancellationToken.None)));
        return ClientRecord.Merge(records, Stopwatch.GetElapsedTime(started));

        async Task GuardAsync(int number, ClientRecord record)
        {
            try
            {
                await client(number, record, stop.Token);
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }
    }
}
