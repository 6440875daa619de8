using System.Collections.Immutable;

namespace PgScale.Routing;

/// <summary>A read was turned away without having run: no node may serve it now, or its tier is full.</summary>
public sealed class ReadRejectedException : Exception
{
    /// <summary>Creates it without details.</summary>
    public ReadRejectedException()
        : this("The read was rejected.")
    {
    }

    /// <summary>Creates it with a message.</summary>
    public ReadRejectedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with a message and what led to it.</summary>
    public ReadRejectedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The tier of the read.</summary>
    public string Tier { get; private init; } = "";

    /// <summary>How long to wait before another try has a chance.</summary>
    public TimeSpan RetryAfter { get; private init; }

    /// <summary>For each node, why it was not used.</summary>
    public ImmutableArray<string> Nodes { get; private init; } = [];

    internal static ReadRejectedException TierIsFull(string tier, int concurrency, int queue) => new(
        $"The read was rejected: tier {tier} has {concurrency} reads under way and {queue} waiting. "
        + $"Try again later, or raise PgScale:Routing:Tiers:{tier}:MaxConcurrency or MaxQueued.")
    {
        Tier = tier,
        RetryAfter = TimeSpan.FromMilliseconds(50),
    };

    internal static ReadRejectedException NoNode(string tier, TimeSpan retryAfter, ImmutableArray<string> nodes, string problem, Exception? last) => new(
        $"The read was rejected: no node can serve tier {tier} now. {string.Join(' ', Sentences(nodes, problem))} Try again in {retryAfter.TotalMilliseconds:0} ms.", last)
    {
        Tier = tier,
        RetryAfter = retryAfter,
        Nodes = nodes,
    };

    private static IEnumerable<string> Sentences(ImmutableArray<string> nodes, string problem) =>
        new[] { nodes.IsEmpty ? "" : $"{string.Join("; ", nodes)}.", problem }.Where(static sentence => sentence.Length > 0);
}
