namespace PgScale.Benchmarks.Caching;

/// <summary>What the database saw after Redis had lost everything, and what callers did.</summary>
internal sealed record FlushSample(int Most, int Loads, int Errors);
