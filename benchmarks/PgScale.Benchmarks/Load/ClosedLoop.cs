using System.Diagnostics;
using PgScale.Benchmarks.Harness;

namespace PgScale.Benchmarks.Load;

/// <summary>
/// Clients that begin their next operation when the last one ended: asks how much a system can do. A stall makes these clients
/// ask less, so the latencies of a system that stalls look better here than its users see them; <see cref="PacedLoop"/> tells.
/// </summary>
internal static class ClosedLoop
{
    /// <param name="countFailures">Counts operations that throw instead of ending the benchmark, for rows about outages.</param>
    public static Task<LoadResult> RunAsync(int clients, Round round, Operation operation, bool countFailures = false)
    {
        var end = Stopwatch.GetTimestamp() + (long)(round.Duration.TotalSeconds * Stopwatch.Frequency);
        return Clients.RunAsync(clients, countFailures, LoopAsync, round.CancellationToken);

        async Task LoopAsync(int client, ClientRecord record, CancellationToken cancellationToken)
        {
            for (var now = Stopwatch.GetTimestamp(); now < end; now = Stopwatch.GetTimestamp())
            {
                cancellationToken.ThrowIfCancellationRequested();
                await record.MeasureAsync(operation, client, now, cancellationToken);
            }
        }
    }
}
