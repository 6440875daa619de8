using System.Collections.Immutable;

namespace PgScale.Cluster;

/// <summary>What is known of all servers at one moment. Immutable; reading it takes no lock and asks no server.</summary>
public sealed class ClusterSnapshot
{
    private readonly TaskCompletionSource _superseded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ClusterSnapshot(ClusterSettings settings, TimelineHistory history)
    {
        Settings = settings;
        History = history;
    }

    /// <summary>Grows by one with each snapshot of a monitor, from 0 (nothing known yet).</summary>
    public long Version { get; internal init; }

    /// <summary>When it was put together, as <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long TakenAt { get; internal init; }

    /// <summary>All servers, in the order of the configuration.</summary>
    public ImmutableArray<NodeState> Nodes { get; internal init; } = [];

    /// <summary>The servers in recovery that belong to this cluster, whether they can be used or not.</summary>
    public ImmutableArray<NodeState> Replicas { get; internal init; } = [];

    /// <summary>The one server that takes writes and answers; null when there is none or more than one claims it.</summary>
    public NodeState? Primary { get; internal init; }

    /// <summary>Why there is no primary, as a sentence; empty when there is one.</summary>
    public string PrimaryProblem { get; internal init; } = "";

    /// <summary>The cluster's system identifier; 0 while unknown.</summary>
    public ulong SystemIdentifier { get; internal init; }

    /// <summary>The highest timeline seen; 0 while unknown.</summary>
    public uint Timeline { get; internal init; }

    /// <summary>The tiers as configured.</summary>
    public IEnumerable<ClusterTier> Tiers => Settings.Tiers.Values;

    internal ClusterSettings Settings { get; }

    internal TimelineHistory History { get; }

    /// <summary>Whether there is no primary because several servers claim to be it.</summary>
    internal bool IsPrimaryContested { get; init; }

    /// <summary>Ends when a newer snapshot is there.</summary>
    internal Task Superseded => _superseded.Task;

    /// <summary>The state of a server, or null when no server has that name.</summary>
    public NodeState? Find(string name)
    {
        foreach (var node in Nodes)
        {
            if (string.Equals(node.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                return node;
            }
        }

        return null;
    }

    /// <summary>The primary.</summary>
    /// <exception cref="PrimaryUnavailableException">There is none; the message is <see cref="PrimaryProblem"/>.</exception>
    public NodeState GetPrimary() => Primary ?? throw new PrimaryUnavailableException(PrimaryProblem);

    /// <summary>The tier of a name, in any case.</summary>
    /// <exception cref="ArgumentException">There is no such tier.</exception>
    public ClusterTier GetTier(string name) => Settings.GetTier(name);

    /// <summary>The replicas that serve a tier, can be used, and are within its limits of lag.</summary>
    /// <exception cref="ArgumentException">There is no such tier.</exception>
    public IEnumerable<NodeState> GetFreshReplicas(string tier)
    {
        var limits = GetTier(tier);
        return Replicas.Where(node => node.IsUsable && node.Node.Serves(tier) && limits.Accepts(node.Lag));
    }

    /// <summary>Whether a server is known to hold the write of a token.</summary>
    /// <remarks>A server that cannot be used covers nothing but <see cref="ConsistencyToken.None"/>.</remarks>
    public TokenCoverage CoverageOf(NodeState node, ConsistencyToken token)
    {
        ArgumentNullException.ThrowIfNull(node);
        return token.IsNone ? TokenCoverage.Covered
            : SystemIdentifier != 0 && token.SystemIdentifier != SystemIdentifier ? TokenCoverage.Foreign
            : !node.IsUsable || token.Timeline > Timeline ? TokenCoverage.NotYet
            : token.Timeline == Timeline ? CoverageByPosition(node, token)
            : CoverageOfEarlierTimeline(node, token);
    }

    internal void Supersede() => _superseded.TrySetResult();

    private TokenCoverage CoverageOfEarlierTimeline(NodeState node, ConsistencyToken token) =>
        History.EndOf(token.Timeline) is not { } end ? (ReferenceEquals(node, Primary) ? TokenCoverage.Covered : TokenCoverage.PrimaryOnly)
        : token.Position > end ? TokenCoverage.Lost
        : CoverageByPosition(node, token);

    private TokenCoverage CoverageByPosition(NodeState node, ConsistencyToken token) =>
        ReferenceEquals(node, Primary) || node.Position >= token.Position ? TokenCoverage.Covered : TokenCoverage.NotYet;
}
