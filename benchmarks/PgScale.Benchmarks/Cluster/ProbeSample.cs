using PgScale.Benchmarks.Load;

namespace PgScale.Benchmarks.Cluster;

/// <summary>One round of probes, and what one of them cost the server's own process.</summary>
internal sealed record ProbeSample(LoadResult Load, double ServerMicroseconds);
