namespace PgScale.Benchmarks.Caching;

/// <summary>What a load that throws cost.</summary>
internal sealed record FailingLoadSample(int Loads, double LastMilliseconds);
