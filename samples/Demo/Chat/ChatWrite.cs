using PgScale.Cluster;

namespace PgScale.Samples.Demo.Chat;

/// <summary>How a write went.</summary>
/// <param name="Node">The primary that took it.</param>
/// <param name="Token">What a read carries in order to see it.</param>
/// <param name="Retries">How many attempts failed before.</param>
internal sealed record ChatWrite(string Node, ConsistencyToken Token, int Retries);
