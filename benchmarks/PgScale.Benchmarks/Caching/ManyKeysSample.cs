namespace PgScale.Benchmarks.Caching;

/// <summary>What it took to get many keys that were all missing.</summary>
internal sealed record ManyKeysSample(long Reads, int Calls, double Milliseconds);
