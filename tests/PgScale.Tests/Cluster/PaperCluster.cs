using NpgsqlTypes;
using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

/// <summary>A cluster made of words: a test says what each server answered and looks at the snapshot that comes of it.</summary>
internal sealed class PaperCluster
{
    internal const ulong SystemIdentifier = 7_400_000_000_000_000_001;

    private readonly Dictionary<string, NodeRecord> _records = [];
    private readonly SnapshotBuilder _builder;

    private PgScaleOptions _options = new();

    internal PaperCluster(params string[] names)
    {
        _builder = new(Clock);
        foreach (var name in names)
        {
            Add(name);
        }
    }

    internal ManualTimeProvider Clock { get; } = new();

    internal ClusterSnapshot Snapshot { get; private set; } = null!;

    internal NodeState this[string name] => Snapshot.Find(name)!;

    internal static DateTime FirstStart { get; } = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    internal static NodeFacts Primary(ulong position, uint timeline = 1) => new()
    {
        InRecovery = false,
        ReadOnly = false,
        SystemIdentifier = SystemIdentifier,
        Timeline = timeline,
        Position = new(position),
        ReceivePosition = null,
        ReplayEnd = null,
        WalReceiverRuns = false,
        ReplayPaused = false,
        SeesWalReceiver = true,
        StartedAt = FirstStart,
        ServerVersion = 150_018,
    };

    internal static NodeFacts Replica(ulong? replayed, uint timeline = 1) => Primary(0, timeline) with
    {
        InRecovery = true,
        ReadOnly = true,
        Position = replayed is { } position ? new NpgsqlLogSequenceNumber(position) : null,
        ReceivePosition = replayed is { } received ? new NpgsqlLogSequenceNumber(received) : null,
        ReplayEnd = replayed is { } end ? new NpgsqlLogSequenceNumber(end) : null,
        WalReceiverRuns = true,
    };

    internal static ConsistencyToken Token(ulong position, uint timeline = 1, ulong system = SystemIdentifier) =>
        new(system, timeline, new(position), DateTimeOffset.UnixEpoch);

    internal static NodeOptions Options(string name) => new() { Name = name, ConnectionString = $"Host={name};Port=5432" };

    internal PaperCluster Configure(Action<PgScaleOptions> configure)
    {
        _options = new();
        configure(_options);
        return this;
    }

    internal void Add(string name, Action<NodeOptions>? configure = null)
    {
        var options = Options(name);
        configure?.Invoke(options);
        _records[name] = new(new(options));
    }

    internal void Remove(string name) => _records.Remove(name);

    /// <summary>A server answers a probe; a new snapshot follows.</summary>
    internal PaperCluster Says(string name, NodeFacts facts, TimeSpan took = default)
    {
        var now = Clock.GetTimestamp();
        _records[name].Apply(new(now - took.Ticks, now, facts, null));
        return Look();
    }

    /// <summary>A server does not answer a probe; a new snapshot follows.</summary>
    internal PaperCluster Fails(string name, string reason = "it has not answered for 450 ms")
    {
        _records[name].Apply(new(Clock.GetTimestamp(), Clock.GetTimestamp(), null, new(reason, IsSilence: reason.Contains("answer", StringComparison.Ordinal))));
        return Look();
    }

    internal PaperCluster After(double seconds)
    {
        Clock.Advance(TimeSpan.FromSeconds(seconds));
        return this;
    }

    internal PaperCluster Look()
    {
        var settings = new ClusterSettings(_options, [.. _records.Values.Select(record => record.Node)]);
        Snapshot = _builder.Build(settings, [.. _records.Values]);
        return this;
    }
}
