using PgScale.Cluster;

namespace PgScale.Caching.Loading;

/// <summary>What a factory gave.</summary>
/// <param name="Value">The value.</param>
/// <param name="IsProven">Whether it holds what it must, so that it may be stored.</param>
/// <param name="Token">A position that it is known to hold.</param>
/// <param name="Milliseconds">How long it took.</param>
internal sealed record Loaded<T>(T Value, bool IsProven, ConsistencyToken Token, int Milliseconds);
