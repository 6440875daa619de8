namespace PgScale.Benchmarks.Ddl;

/// <summary>What a schema change on the primary did to those who read on a replica.</summary>
/// <param name="Cancelled">Queries that the replica cancelled, or whose session it ended.</param>
/// <param name="StallMilliseconds">The longest time that a short query took.</param>
/// <param name="Seconds">How long the change took.</param>
internal sealed record ReplicaSample(double Cancelled, double StallMilliseconds, double Seconds);
