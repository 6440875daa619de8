using PgScale.Cluster;

namespace PgScale.Samples.Demo.Chat;

/// <summary>What a read brought, and how.</summary>
/// <param name="Value">The answer.</param>
/// <param name="Node">Who answered.</param>
/// <param name="FromPrimary">Whether that was the primary.</param>
/// <param name="Coverage">What was known of the token's write; <see cref="TokenCoverage.Lost"/> when a failover lost it.</param>
/// <param name="Retries">How many servers failed before.</param>
internal sealed record ChatRead<T>(T Value, string Node, bool FromPrimary, TokenCoverage Coverage, int Retries);
