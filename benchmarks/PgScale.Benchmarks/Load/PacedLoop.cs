using System.Diagnostics;
using System.Threading.Channels;
using PgScale.Benchmarks.Harness;

namespace PgScale.Benchmarks.Load;

/// <summary>
/// A fixed number of operations per second, whether the system keeps up or not: asks what users feel at a given traffic.
/// </summary>
/// <remarks>
/// A latency counts from the moment at which its operation was due and not from when a client became free for it. Otherwise a
/// stall of one second would be one slow operation among thousands of fast ones instead of the thousand that users waited
/// through: "coordinated omission" (Gil Tene, "How NOT to Measure Latency", Strange Loop 2015; the tool wrk2 does the same).
/// </remarks>
internal static class PacedLoop
{
    /// <param name="clients">The most operations under way at a time; the others wait, and their wait counts.</param>
    /// <param name="countFailures">Counts operations that throw instead of ending the benchmark, for rows about outages.</param>
    public static async Task<LoadResult> RunAsync(int clients, double perSecond, Round round, Operation operation, bool countFailures = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        var due = Channel.CreateUnbounded<long>(new UnboundedChannelOptions { SingleWriter = true });
        var started = Stopwatch.GetTimestamp();
        var giveUp = started + (long)(2 * round.Duration.TotalSeconds * Stopwatch.Frequency);
        using var stopPacing = CancellationTokenSource.CreateLinkedTokenSource(round.CancellationToken);
        var pace = StartPacing(started, perSecond, round.Duration, due.Writer, stopPacing.Token);
        try
        {
            return await Clients.RunAsync(clients, countFailures, LoopAsync, round.CancellationToken);
        }
        finally
        {
            await stopPacing.CancelAsync();
            await pace;
        }

        async Task LoopAsync(int client, ClientRecord record, CancellationToken cancellationToken)
        {
            await foreach (var intended in due.Reader.ReadAllAsync(cancellationToken))
            {
                if (Stopwatch.GetTimestamp() > giveUp)
                {
                    record.AddUnserved(intended);
                    continue;
                }

                await record.MeasureAsync(operation, client, intended, cancellationToken);
            }
        }
    }

    // A thread of its own: timers of the pool are late by a millisecond, and later still when the pool is busy.
    private static Task StartPacing(long started, double perSecond, TimeSpan duration, ChannelWriter<long> due, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () =>
            {
                var count = (long)(perSecond * duration.TotalSeconds);
                for (long number = 0; number < count && !cancellationToken.IsCancellationRequested; number++)
                {
                    var intended = started + (long)(number / perSecond * Stopwatch.Frequency);
                    PreciseWait.Until(intended);
                    due.TryWrite(intended);
                }

                due.Complete();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
}
