using System.Diagnostics.CodeAnalysis;

namespace PgScale.Cluster;

/// <summary>What a monitor remembers of one server between probes. Not thread-safe: the monitor's lock guards it.</summary>
internal sealed class NodeRecord(ClusterNode node)
{
    private const int ProbesUntilNotReplicating = 2;

    private int _probesWithoutReceiver;
    private bool _receiverSeen;

    internal ClusterNode Node { get; } = node;

    internal NodeFacts? Facts { get; private set; }

    internal NodeFault? Fault { get; private set; }

    internal long SentAt { get; private set; }

    internal long ReceivedAt { get; private set; }

    /// <summary>The highest timeline seen in this life of the server process: a running server never goes back.</summary>
    internal uint Timeline { get; private set; }

    /// <summary>The timeline that was replayed before a promotion that happened under our eyes; 0 when none did.</summary>
    internal uint PromotedFrom { get; private set; }

    internal bool HasReported => Facts is not null || Fault is not null;

    [MemberNotNullWhen(true, nameof(Facts))]
    internal bool Answers => Facts is not null && Fault is null;

    internal bool LacksWalReceiver => _probesWithoutReceiver >= ProbesUntilNotReplicating && !Node.ReplicatesFromArchive;

    internal void Apply(NodeObservation observation)
    {
        Fault = observation.Fault;
        if (observation.Facts is not { } facts)
        {
            return;
        }

        var sameLife = Facts is { } before && before.StartedAt == facts.StartedAt;
        PromotedFrom = sameLife ? FindPromotion(Facts!, facts) : 0;
        Timeline = sameLife ? Math.Max(Timeline, facts.Timeline) : facts.Timeline;
        _probesWithoutReceiver = facts is not { InRecovery: true, WalReceiverRuns: false } ? 0 : sameLife ? _probesWithoutReceiver + 1 : 1;
        _receiverSeen = (sameLife && _receiverSeen) || facts is { WalReceiverRuns: true, SeesWalReceiver: true };
        (Facts, SentAt, ReceivedAt) = (facts, observation.SentAt, observation.ReceivedAt);
    }

    // Only the WAL receiver tells for sure which timeline a replica is on; without having seen it a switch point learnt here could
    // be put down to an older timeline, and a lost write would look safe.
    private uint FindPromotion(NodeFacts before, NodeFacts now) =>
        now.InRecovery ? 0
        : !before.InRecovery ? PromotedFrom
        : _receiverSeen && Timeline < now.Timeline ? Timeline
        : 0;
}
