using PgScale.Cluster;

namespace PgScale.Caching.Redis;

/// <summary>What came of asking for a key's lock.</summary>
internal sealed record Acquisition
{
    internal static Acquisition Unavailable { get; } = new() { Kind = AcquisitionKind.Unavailable };

    /// <summary>What Redis says of a load that takes no lock.</summary>
    internal static Acquisition WithoutLock(Reply<ConsistencyToken> token) =>
        token.IsAvailable ? new() { Kind = AcquisitionKind.Unavailable, Token = token.Value, IsAsked = true } : Unavailable;

    internal required AcquisitionKind Kind { get; init; }

    /// <summary>The value that is there instead, or the expired one that is left.</summary>
    internal byte[]? Value { get; init; }

    /// <summary>Who holds the lock; known to this process alone.</summary>
    internal string Owner { get; init; } = "";

    /// <summary>What the load must hold because the key was removed.</summary>
    internal ConsistencyToken Token { get; init; }

    /// <summary>Whether Redis said what the load must hold.</summary>
    internal bool IsAsked { get; init; }

    /// <summary>When the other's lock runs out, in milliseconds from now.</summary>
    internal long BusyMilliseconds { get; init; }
}
