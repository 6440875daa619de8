using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;
using Perfolizer.Mathematics.OutlierDetection;
using PgScale.Benchmarks.Harness;

namespace PgScale.Benchmarks.Micro;

/// <summary>
/// Nanoseconds and bytes by BenchmarkDotNet, in this process: a process of its own per class costs 20 s and measures the same
/// to within the goals that we set. BenchmarkDotNet measures its methods one after the other, so only large ratios mean much.
/// </summary>
internal static class MicroBenchmark
{
    // Thousands of calls fit into a tenth of the time that a server needs to show its pace.
    private const int RoundsPerRoundTime = 10;

    // The JIT compiles a hot method twice more, each time behind others and at least 0.1 s later. What was compiled ahead, as the
    // framework is, does not wait for that: measured before, everybody else's code looks up to three times as slow.
    private static readonly TimeSpan LeastWarmup = TimeSpan.FromSeconds(1);

    /// <summary>Measures all methods of a public class that are marked with <c>[Benchmark]</c>; their descriptions name the sides.</summary>
    public static Task<MicroOutcome> RunAsync<TClass>(BenchmarkRun run)
    {
        run.Progress($"{typeof(TClass).Name} …");
        // Off the caller's context, because BenchmarkDotNet waits synchronously.
        var errors = new ErrorLog();
        return Task.Run(() => new MicroOutcome(run.Room, BenchmarkRunner.Run<TClass>(Configuration(run, errors)), errors.ToString()), run.CancellationToken);
    }

    private static ManualConfig Configuration(BenchmarkRun run, ErrorLog errors) => Configuration(run, run.RoundTime / RoundsPerRoundTime, errors);

    private static ManualConfig Configuration(BenchmarkRun run, TimeSpan round, ErrorLog errors) => ManualConfig.CreateEmpty()
        .AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(Math.Max((run.Rounds + 1) / 2, (int)Math.Ceiling(LeastWarmup / round)))
            .WithIterationCount(run.Rounds)
            .WithIterationTime(TimeInterval.FromSeconds(round.TotalSeconds))
            .WithOutlierMode(OutlierMode.DontRemove))
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddLogger(errors)
        .WithOptions(ConfigOptions.DisableLogFile)
        .WithArtifactsPath(Path.Combine(Repository.Root, "artifacts", "benchmarks"));
}
