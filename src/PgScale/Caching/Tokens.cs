using PgScale.Cluster;

namespace PgScale.Caching;

/// <summary>Compares tokens that came from elsewhere, so possibly from another cluster.</summary>
internal static class Tokens
{
    /// <summary>The one that asks for more. Of two clusters the later issued: no server of the other holds it, so nothing is proven.</summary>
    internal static ConsistencyToken Greatest(ConsistencyToken left, ConsistencyToken right) =>
        left.IsNone || right.IsNone || left.SystemIdentifier == right.SystemIdentifier ? ConsistencyToken.Max(left, right)
        : left.IssuedAt > right.IssuedAt ? left : right;

    /// <summary>Whether what holds one token holds the other.</summary>
    internal static bool Covers(ConsistencyToken held, ConsistencyToken wanted) =>
        wanted.IsNone || (held.SystemIdentifier == wanted.SystemIdentifier && held >= wanted);
}
