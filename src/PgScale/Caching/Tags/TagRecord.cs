using PgScale.Cluster;

namespace PgScale.Caching.Tags;

/// <summary>The last removal of a tag: a version that no other removal has, and the token that later loads must hold.</summary>
internal sealed record TagRecord(long Version, ConsistencyToken Token)
{
    internal static TagRecord Never { get; } = new(0, default);

    /// <summary>The same removal as a new object; its loads must hold another token too.</summary>
    internal TagRecord Holding(ConsistencyToken token) => this with { Token = Tokens.Greatest(Token, token) };
}
