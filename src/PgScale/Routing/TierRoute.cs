using System.Collections.Immutable;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>One tier: its nodes with what it knows of them, its places for reads, and its budgets.</summary>
internal sealed class TierRoute
{
    private const int MostSilence = 8; // times what reads usually take
    private const int SavedHedges = 500; // reads whose share is kept for a bad moment

    // Long enough to stay away from a slow node, short enough that one hiccup does not make a good node look like it.
    private static readonly TimeSpan LatencyMemory = TimeSpan.FromSeconds(2);

    private readonly Dictionary<ClusterNode, NodeLane> _lanes = new(ReferenceEqualityComparer.Instance);
    private readonly ReplicaRouterOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _following = new();
    private readonly LaneAdmission _admission;

    private TierView _view;
    private NodeLane[] _all = [];
    private NodeLane? _primary;

    internal TierRoute(string name, TierRoutingOptions settings, ReplicaRouterOptions options, ClusterSnapshot snapshot, TimeProvider time)
    {
        Name = name;
        Settings = settings;
        FallbackShare = settings.FallbackShare ?? PrimaryBudget.DefaultShare(name);
        _options = options;
        _time = time;
        _admission = new(settings, options, time);
        Places = new(name, settings.MaxConcurrency, settings.MaxQueued);
        Latency = new(options.HedgeRatio / 2, time);
        ReadProfile = new(name, ReadOnly: true, "read") { MaxPoolSize = settings.PoolSize };
        WriteProfile = new(name, ReadOnly: false, "write") { MaxPoolSize = settings.PoolSize };
        Retries = new(options.RetryRatio > 0 ? Math.Max(1, options.RetryFloor) : options.RetryFloor, 0, time);
        Hedges = new(Math.Max(1, options.HedgeRatio * SavedHedges), 0, time, isFull: false);
        _view = new(snapshot, [], time);
    }

    internal string Name { get; }

    internal TierRoutingOptions Settings { get; }

    internal double FallbackShare { get; }

    internal SessionProfile ReadProfile { get; }

    internal SessionProfile WriteProfile { get; }

    internal ReadPlaces Places { get; }

    internal LatencyQuantile Latency { get; }

    internal TokenBucket Retries { get; }

    internal TokenBucket Hedges { get; }

    internal TierView View => Volatile.Read(ref _view);

    /// <summary>The lane to the primary, for reads that fall back to it; null while there is no primary.</summary>
    internal NodeLane? Primary => Volatile.Read(ref _primary);

    /// <summary>Reads and writes under way on all nodes.</summary>
    internal int InFlight
    {
        get
        {
            lock (_following)
            {
                return _lanes.Values.Sum(lane => lane.InFlight);
            }
        }
    }

    /// <summary>Follows a new snapshot.</summary>
    internal void Follow(ClusterSnapshot snapshot)
    {
        lock (_following)
        {
            if (snapshot.Version >= View.Snapshot.Version) // writers that waited may bring one that is older
            {
                FollowLocked(snapshot);
            }
        }
    }

    /// <summary>All lanes, those of nodes that may not be used now too.</summary>
    internal ReadOnlySpan<NodeLane> Lanes => Volatile.Read(ref _all);

    /// <summary>The names of the nodes that are ejected now.</summary>
    internal IReadOnlyList<string> FindEjected()
    {
        lock (_following)
        {
            return _admission.FindEjected();
        }
    }

    /// <summary>Why each node was not chosen, for the error that an operator reads.</summary>
    internal ImmutableArray<string> ExplainRefusals(ReadRequest request)
    {
        lock (_following)
        {
            return Refusals.Explain(this, request, _admission, node => _lanes.GetValueOrDefault(node));
        }
    }

    private void FollowLocked(ClusterSnapshot snapshot)
    {
        Latency.Refresh();
        ForgetMissing(snapshot);
        foreach (var node in snapshot.Nodes)
        {
            var lane = LaneOf(node.Node);
            if (node.IsUsable)
            {
                lane.ComeUp();
            }
            else
            {
                LetGo(lane);
            }

            lane.Expect(Latency.Usual == long.MaxValue ? long.MaxValue : Latency.Usual * MostSilence, node.ProbeDuration);
        }

        var tier = snapshot.Settings.Tiers.GetValueOrDefault(Name);
        var candidates = tier is null ? [] : _admission.Admit(snapshot, tier, LaneOf);
        Volatile.Write(ref _all, [.. _lanes.Values]);
        Volatile.Write(ref _primary, snapshot.Primary is { } primary ? LaneOf(primary.Node) : null);
        Volatile.Write(ref _view, new(snapshot, candidates, _time));
    }

    // Pooled connections to a node that went away are broken or will be: whoever got one would fail on it.
    private static void LetGo(NodeLane lane)
    {
        lane.ForgetPosition();
        if (lane.GoDown())
        {
            lane.Pool?.Source.Clear();
        }
    }

    private NodeLane LaneOf(ClusterNode node)
    {
        if (!_lanes.TryGetValue(node, out var lane))
        {
            _lanes[node] = lane = new(node, _options.MaxConcurrentOpens, LatencyMemory, _time);
        }

        return lane;
    }

    private void ForgetMissing(ClusterSnapshot snapshot)
    {
        foreach (var node in _lanes.Keys.Except(snapshot.Nodes.Select(state => state.Node)).ToList())
        {
            LetGo(_lanes[node]);
            _lanes.Remove(node);
        }
    }
}
