using BenchmarkDotNet.Attributes;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Micro;

namespace PgScale.Tests.Benchmarks;

public sealed class MicroBenchmarkTests
{
    [Test]
    public async Task BenchmarkDotNet_yields_times_and_bytes_by_method_name()
    {
        var run = new BenchmarkRun { Room = "cluster", Rounds = 3, RoundTime = TimeSpan.FromMilliseconds(50) };

        var outcome = await MicroBenchmark.RunAsync<Sample>(run);
        var time = outcome.Time("work", nameof(Sample.Allocating), nameof(Sample.Free), Goal.None);
        var bytes = outcome.Allocated("work", baseline: null, nameof(Sample.Allocating), Goal.None);

        Assert.That((time.Baseline, time.Unit, time.Rounds), Is.EqualTo(("by hand", "ns", 3)));
        Assert.That(time.Ratio, Is.LessThan(0.5));
        Assert.That(bytes.Value, Is.InRange(1_000, 1_100));
    }

    public class Sample
    {
        [Benchmark(Description = "by hand")]
        public byte[] Allocating() => new byte[1_000];

        [Benchmark]
        public int Free() => 1;
    }
}
