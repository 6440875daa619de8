using PgScale.Benchmarks.Load;

namespace PgScale.Benchmarks.Routing;

/// <summary>Reads of one round, and the share of requests that servers got beyond them.</summary>
internal sealed record SlowNodeSample(LoadResult Load, double ExtraPercent);
