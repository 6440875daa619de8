using PgScale.Benchmarks.Harness;

namespace PgScale.Benchmarks.Buffering;

/// <summary>What it costs to hand over an entry, beside a bounded channel of the same capacity, while a consumer takes batches out.</summary>
internal static class EnqueueScenario
{
    private const int Capacity = 1 << 16;
    private const int WarmUps = 5; // until the compiler has optimised

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(BenchmarkRun run)
    {
        await using var channel = new ForgettingChannel(Capacity);
        await using var forgetting = new ForgettingBuffer(Capacity);
        var buffer = forgetting.Buffer;
        foreach (var producers in new[] { 1, 4, 16 })
        {
            var outcome = await new Scenario<ProducerSample>($"enqueue, {producers} producers")
                .Side("bounded Channel<T>", round => MeasureAsync(producers, run, round, channel.TryWrite))
                .Side("LazyWriteBuffer", round => MeasureAsync(producers, run, round, entry => buffer.TryEnqueue(entry)))
                .RunAsync(run with { Rounds = run.Quick ? 5 : 15 });
            var measure = producers == 1 ? "enqueue, 1 producer" : $"enqueue, {producers} producers";
            yield return outcome.Row($"{measure}, median", "ns", sample => sample.MedianNanoseconds, Goal.AtMost(100));
            yield return outcome.Row($"{measure}, time on the clock per item", "ns", sample => sample.Nanoseconds, Goal.RatioAtMost(1));
            yield return outcome.Row($"{measure}, allocated", "B", sample => sample.Bytes, Goal.AtMost(0));
        }
    }

    private static async Task<ProducerSample> MeasureAsync(int producers, BenchmarkRun run, Round round, Func<LogEntry, bool> tryTake)
    {
        var items = run.Quick ? 400_000 : 2_000_000;
        for (var repetition = 1; round.IsWarmUp && repetition < WarmUps; repetition++)
        {
            await Producers.RunAsync(producers, items / 4, tryTake);
        }

        return await Producers.RunAsync(producers, items, tryTake);
    }
}
