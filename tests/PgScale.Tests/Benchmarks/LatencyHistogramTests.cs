using FsCheck;
using FsCheck.Fluent;
using PgScale.Benchmarks.Load;

namespace PgScale.Tests.Benchmarks;

public sealed class LatencyHistogramTests
{
    private static readonly double[] Percentiles = [0, 25, 50, 90, 99, 99.9, 100];

    private static readonly Arbitrary<long[]> Latencies = ArbMap.Default.GeneratorFor<int>()
        .SelectMany(ticks => Gen.Choose(0, 16).Select(shift => Math.Abs((long)ticks) << shift))
        .NonEmptyListOf()
        .Select(list => list.ToArray())
        .ToArbitrary();

    [Test]
    public void Percentiles_are_within_one_percent_of_the_exact_ones() => Prop.ForAll(Latencies, ticks =>
    {
        var histogram = Recorded(ticks);
        var sorted = ticks.Order().ToArray();
        return Percentiles.All(percent =>
        {
            var exact = sorted[Math.Max(1, (int)Math.Ceiling(percent / 100 * sorted.Length)) - 1];
            var shown = histogram.Percentile(percent).Ticks;
            return shown >= exact && shown <= exact * 1.01 + 1;
        });
    }).QuickCheckThrowOnFailure();

    [Test]
    public void What_another_process_saw_arrives_as_text() => Prop.ForAll(Latencies, ticks =>
    {
        var seen = Recorded(ticks);
        var arrived = LatencyHistogram.Parse(seen.ToText());
        return arrived.Count == seen.Count && arrived.Max == seen.Max
            && Percentiles.All(percent => arrived.Percentile(percent) == seen.Percentile(percent));
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Merged_clients_equal_one_client_that_saw_everything() => Prop.ForAll(Latencies, Latencies, (first, second) =>
    {
        var merged = Recorded(first);
        merged.Add(Recorded(second));
        var whole = Recorded([.. first, .. second]);
        return merged.Count == whole.Count && merged.Max == whole.Max
            && Percentiles.All(percent => merged.Percentile(percent) == whole.Percentile(percent));
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Nothing_recorded_is_zero()
    {
        var histogram = new LatencyHistogram();

        Assert.That(histogram.Percentile(99), Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public void Longest_latency_is_kept_exactly()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromTicks(1_234_567));

        Assert.That(histogram.Max, Is.EqualTo(TimeSpan.FromTicks(1_234_567)));
        Assert.That(histogram.Percentile(100), Is.EqualTo(histogram.Max));
    }

    [Test]
    public void Latency_beyond_the_range_counts_as_the_largest()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromDays(2));
        histogram.Record(TimeSpan.FromTicks(-1));

        Assert.That(histogram.Max, Is.GreaterThan(TimeSpan.FromMinutes(73)));
        Assert.That(histogram.Percentile(50), Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public void Recording_allocates_nothing()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(0, 1);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var latency = 0; latency < 1_000; latency++)
        {
            histogram.Record(0, latency * 1_000L);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static LatencyHistogram Recorded(IEnumerable<long> ticks)
    {
        var histogram = new LatencyHistogram();
        foreach (var tick in ticks)
        {
            histogram.Record(TimeSpan.FromTicks(tick));
        }

        return histogram;
    }
}
