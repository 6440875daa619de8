using System.Data;

namespace PgScale.Routing;

/// <summary>What one write needs. Immutable.</summary>
public sealed record WriteOptions
{
    /// <summary>The tier whose limits hold; default <see cref="ReplicaRouterOptions.DefaultTier"/>.</summary>
    public string? Tier { get; init; }

    /// <summary>The isolation level of the transaction. Default read committed.</summary>
    public IsolationLevel IsolationLevel { get; init; } = IsolationLevel.ReadCommitted;

    /// <summary>
    /// Whether doing it twice does no harm: then a write whose outcome is not known is done again instead of being reported as
    /// <see cref="WriteOutcomeUnknownException"/>. Default false.
    /// </summary>
    public bool Idempotent { get; init; }

    /// <summary>Most time to wait for a primary; default <see cref="ReplicaRouterOptions.FailoverTimeout"/>.</summary>
    public TimeSpan? FailoverTimeout { get; init; }

    internal static WriteOptions Default { get; } = new();
}
