using PgScale.Benchmarks.Buffering;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Micro;

namespace PgScale.Benchmarks;

/// <summary>What it costs to hand over a write that can wait.</summary>
internal static class BufferingBenchmarks
{
    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(BenchmarkRun run)
    {
        var appends = await MicroBenchmark.RunAsync<SpoolAppendBenchmark>(run);
        const string measure = "spool append, 100 bytes, fsync every 100 ms";
        yield return appends.Time(measure, nameof(SpoolAppendBenchmark.WriteToFile), nameof(SpoolAppendBenchmark.Append), Goal.AtMost(300));
        yield return appends.Allocated(measure, baseline: null, nameof(SpoolAppendBenchmark.Append), Goal.AtMost(0));
    }
}
