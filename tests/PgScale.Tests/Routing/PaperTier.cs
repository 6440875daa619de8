using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Tests.Routing;

/// <summary>One tier over replicas on paper and a clock that a test moves.</summary>
internal sealed class PaperTier
{
    internal const ulong SystemIdentifier = 7;

    private readonly List<PaperNode> _nodes = [];
    private readonly Dictionary<string, NodeLane> _lanes = new(StringComparer.Ordinal);
    private readonly PgScaleOptions _cluster = new();

    private ClusterSettings? _settings;
    private TierRoute? _route;
    private long _version;

    internal ManualTimeProvider Time { get; } = new();

    internal ReplicaRouterOptions Options { get; } = new();

    internal TierRoutingOptions Settings { get; } = new();

    internal TierOptions Limits => _cluster.Tiers[TierNames.Important];

    internal TierRoute Route => _route ??= new(TierNames.Important, Settings, Options, Snapshot(), Time);

    internal TierView View => Route.View;

    internal IEnumerable<string> Admitted => View.Candidates.ToArray().Select(candidate => candidate.State.Name);

    internal PaperNode this[string name] => _nodes.Find(node => node.Node.Name == name)!;

    /// <summary>A tier with replicas r1, r2, … that are well, after its first look at them.</summary>
    internal static PaperTier Of(int replicas, Action<PaperTier>? configure = null)
    {
        var tier = new PaperTier();
        for (var i = 1; i <= replicas; i++)
        {
            tier.Add(new() { Name = $"r{i}" });
        }

        configure?.Invoke(tier);
        tier.Follow();
        return tier;
    }

    internal void Add(NodeOptions options)
    {
        options.ConnectionString = "Host=127.0.0.1";
        _nodes.Add(new(options));
    }

    internal NodeLane LaneOf(string name) => _lanes[name];

    internal double WeightOf(string name) => View.Candidates.ToArray().Single(candidate => candidate.State.Name == name).Weight;

    internal void Follow()
    {
        _ = Route; // its first snapshot is older than the one that it follows
        Follow(Snapshot());
    }

    internal void Follow(ClusterSnapshot snapshot)
    {
        Route.Follow(snapshot);
        foreach (var candidate in View.Candidates)
        {
            _lanes[candidate.State.Name] = candidate.Lane;
        }
    }

    internal void Fail(string name, int times)
    {
        for (var i = 0; i < times; i++)
        {
            LaneOf(name).LeaveFailed(LaneOf(name).Enter(), TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>The names of the nodes that so many reads choose, each with its count.</summary>
    internal Dictionary<string, int> Choose(int reads, ReadOptions? options = null, bool covered = true)
    {
        var counts = _nodes.ToDictionary(node => node.Node.Name, _ => 0, StringComparer.Ordinal);
        var request = new ReadRequest(Route, options ?? new(), options?.Token ?? default, Scope: null);
        for (var i = 0; i < reads; i++)
        {
            if (View.Choose(request, tried: default, covered) is >= 0 and var index)
            {
                counts[View.Candidates[index].State.Name]++;
            }
        }

        return counts;
    }

    internal static ConsistencyToken Token(ulong position, uint timeline = 1) => new(SystemIdentifier, timeline, new(position), DateTimeOffset.UnixEpoch);

    internal ClusterSnapshot Snapshot()
    {
        _settings ??= new(_cluster, [.. _nodes.Select(node => node.Node)]);
        var states = _nodes.ConvertAll(node => node.ToState());
        return new(_settings, TimelineHistory.Empty)
        {
            Version = ++_version,
            TakenAt = Time.GetTimestamp(),
            Nodes = [.. states],
            Replicas = [.. states],
            SystemIdentifier = SystemIdentifier,
            Timeline = _nodes.Max(node => node.Timeline),
        };
    }
}
