using PgScale.Benchmarks.Harness;

namespace PgScale.Benchmarks.Buffering;

/// <summary>What it costs to hand over an entry, beside a bounded channel of the same capacity, while a consumer takes batches out.</summary>
internal static class EnqueueScenario
{
    private const int Capacity = 1 << 16;
    private const int WarmUps = 12;

    // The compiler optimises in the background, after a moment in which nothing new was called.
    private static readonly TimeSpan WarmUpPause = TimeSpan.FromMilliseconds(150);

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(BenchmarkRun run)
    {
        await using var channel = new ForgettingChannel(Capacity);
        await using var forgetting = new ForgettingBuffer(Capacity);
        var buffer = forgetting.Buffer;
        var items = run.Quick ? 400_000 : 2_000_000;
        await WarmUpAsync(channel.TryWrite, entry => buffer.TryEnqueue(entry));
        foreach (var producers in new[] { 1, 4, 16 })
        {
            var outcome = await new Scenario<ProducerSample>($"enqueue, {producers} producers")
                .Side("bounded Channel<T>", _ => Producers.RunAsync(producers, items, channel.TryWrite))
                .Side("LazyWriteBuffer", _ => Producers.RunAsync(producers, items, entry => buffer.TryEnqueue(entry)))
                .RunAsync(run with { Rounds = run.Quick ? 5 : 15 });
            var measure = producers == 1 ? "enqueue, 1 producer" : $"enqueue, {producers} producers";
            yield return outcome.Row($"{measure}, median", "ns", sample => sample.MedianNanoseconds, Goal.AtMost(100));
            yield return outcome.Row($"{measure}, time on the clock per item", "ns", sample => sample.Nanoseconds, Goal.RatioAtMost(1));
            yield return outcome.Row($"{measure}, allocated", "B", sample => sample.Bytes, Goal.AtMost(0));
        }
    }

    private static async Task WarmUpAsync(params Func<LogEntry, bool>[] sides)
    {
        for (var repetition = 0; repetition < WarmUps; repetition++)
        {
            foreach (var side in sides)
            {
                await Producers.RunAsync(count: 4, items: 100_000, side);
            }

            await Task.Delay(WarmUpPause, TimeProvider.System);
        }
    }
}
