namespace PgScale.Benchmarks.Routing;

/// <summary>Reads of what the reader had written before: how many, how many did not see it, how many a replica served.</summary>
internal sealed record TokenReadSample(long Reads, long Stale, double ReplicaPercent);
