namespace PgScale.Benchmarks.Harness;

/// <summary>A component and its benchmarks, which yield their rows as they are measured.</summary>
internal sealed record Room(string Name, Func<BenchmarkRun, IAsyncEnumerable<BenchmarkRow>>? RunAsync = null);
