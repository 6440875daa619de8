using PgScale.Cluster;

namespace PgScale.Buffering;

/// <summary>What a flush has written.</summary>
/// <param name="Rows">Rows that were committed for it; items that were merged count as one row per key.</param>
/// <param name="DeadLetters">Rows that their table refused.</param>
/// <param name="Token">
/// A read that carries it sees everything that this buffer has ever committed; <see cref="ConsistencyToken.None"/> when that is nothing.
/// </param>
public readonly record struct FlushResult(long Rows, long DeadLetters, ConsistencyToken Token);
