using System.Diagnostics.CodeAnalysis;

namespace PgScale.Benchmarks.Micro;

/// <summary>Waits for a setup or a cleanup: BenchmarkDotNet does not, when it measures in this process.</summary>
internal static class AwaitedSetup
{
    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "BenchmarkDotNet calls it on a thread of the pool and only waits.")]
    public static void Run(Func<Task> work) => Task.Run(work).GetAwaiter().GetResult();
}
