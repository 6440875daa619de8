using System.Diagnostics;
using PgScale.Benchmarks.Load;

namespace PgScale.Benchmarks.Buffering;

/// <summary>Threads that hand over entries as fast as they are taken.</summary>
internal static class Producers
{
    // So many that reading the clock does not count, so few that most blocks are not interrupted.
    private const int Block = 64;

    // Few enough to stay in the processor's cache: an entry that is handed over has just been made.
    private const int Entries = 256;

    /// <param name="count">Threads.</param>
    /// <param name="items">Entries of all of them together.</param>
    /// <param name="tryTake">Takes an entry, or says that there is no room: the thread then spins until there is.</param>
    public static async Task<ProducerSample> RunAsync(int count, int items, Func<LogEntry, bool> tryTake)
    {
        using var gate = new Barrier(count);
        var threads = Enumerable.Range(0, count).Select(number => Task.Factory.StartNew(
            () => Produce(gate, number, items / count / Block, tryTake), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        var turns = await Task.WhenAll(threads);
        var latency = new LatencyHistogram();
        Array.ForEach(turns, turn => latency.Add(turn.Blocks));
        var taken = (long)count * (items / count / Block) * Block;
        return new(
            latency.Percentile(50).TotalNanoseconds / Block,
            Stopwatch.GetElapsedTime(turns.Min(turn => turn.Start), turns.Max(turn => turn.End)).TotalNanoseconds / taken,
            turns.Sum(turn => turn.Bytes) / taken); // whole bytes, as BenchmarkDotNet counts them
    }

    private static (LatencyHistogram Blocks, long Start, long End, long Bytes) Produce(Barrier gate, int number, int blocks, Func<LogEntry, bool> tryTake)
    {
        var latency = new LatencyHistogram();
        var next = number * 1_000;
        gate.SignalAndWait();
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        for (var block = 0; block < blocks; block++)
        {
            var begun = Stopwatch.GetTimestamp();
            for (var item = 0; item < Block; item++)
            {
                Hand(LogEntry.Pool[next++ & (Entries - 1)], tryTake);
            }

            latency.Record(begun, Stopwatch.GetTimestamp());
        }

        return (latency, start, Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread() - bytes);
    }

    private static void Hand(LogEntry entry, Func<LogEntry, bool> tryTake)
    {
        SpinWait spin = default;
        while (!tryTake(entry))
        {
            spin.SpinOnce();
        }
    }
}
