using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>What a write gave.</summary>
/// <typeparam name="T">The type of the delegate's result.</typeparam>
/// <param name="Value">What the delegate returned.</param>
/// <param name="Token">The position of the commit: a read that carries it sees the write.</param>
public readonly record struct WriteResult<T>(T Value, ConsistencyToken Token);
