using System.Collections.Immutable;
using NpgsqlTypes;

namespace PgScale.Cluster;

/// <summary>Turns what the servers said into who is primary, who is fenced, and who is how far behind.</summary>
/// <remarks>Asks nobody and waits for nothing. Not thread-safe: the monitor's lock guards it.</remarks>
internal sealed class SnapshotBuilder(TimeProvider time)
{
    private readonly WalPositionHistory _positions = new();
    private readonly ClusterIdentity _identity = new();

    private TimelineHistory _history = TimelineHistory.Empty;
    private ulong _identifier;
    private uint _timeline;
    private long _version;
    private bool _allHaveReported;

    internal ClusterSnapshot Build(ClusterSettings settings, IReadOnlyCollection<NodeRecord> records)
    {
        var identifier = _identity.Choose(settings.SystemIdentifier, records);
        BelongTo(identifier);
        var members = records.Where(record => record.Facts?.SystemIdentifier == identifier).ToList();
        var election = PrimaryElection.Hold(records, members, _identity.Problem, IsSettled(records), _timeline);
        if (election.Primary is { } primary)
        {
            _identity.Pin(identifier);
            Learn(primary);
        }

        EnterTimeline(election);
        TrackPosition(election, members);
        var nodes = records.Select(record => Describe(record, election, identifier)).ToImmutableArray();
        return new(settings, _history)
        {
            Version = ++_version,
            TakenAt = time.GetTimestamp(),
            Nodes = nodes,
            Replicas = [.. nodes.Where(node => node is { Role: NodeRole.Replica, Health: not NodeHealth.Fenced })],
            Primary = nodes.FirstOrDefault(node => election.Primary is { } elected && ReferenceEquals(node.Node, elected.Node)),
            PrimaryProblem = election.Problem,
            IsPrimaryContested = election.IsContested,
            SystemIdentifier = identifier,
            Timeline = election.Timeline,
        };
    }

    private bool IsSettled(IReadOnlyCollection<NodeRecord> records) =>
        _allHaveReported = _allHaveReported || (records.Count > 0 && records.All(record => record.HasReported));

    // Positions and timelines of one cluster say nothing of another that was put in its place.
    private void BelongTo(ulong identifier)
    {
        if (identifier != 0 && identifier != _identifier)
        {
            (_identifier, _timeline, _history) = (identifier, 0, TimelineHistory.Empty);
            _positions.Clear();
        }
    }

    private void Learn(NodeRecord primary)
    {
        var facts = primary.Facts!;
        _history = _history.Merge(facts.History);
        if (primary.PromotedFrom != 0 && facts.ReplayEnd is { } switchPoint)
        {
            _history = _history.With(primary.PromotedFrom, switchPoint);
        }
    }

    private void EnterTimeline(PrimaryElection election)
    {
        if (election.Timeline == _timeline || election.Primary?.Facts is not { Position: { } position })
        {
            return;
        }

        if (_timeline == 0)
        {
            // Before the first primary only replicas were measured, against each other: that says nothing of their distance to it.
            _positions.Clear();
        }
        else
        {
            _positions.ForgetAfter((ulong)(_history.EndOf(_timeline) ?? position));
        }

        _timeline = election.Timeline;
    }

    // Without a primary the freshest log that any replica has received is the measure.
    private void TrackPosition(PrimaryElection election, List<NodeRecord> members)
    {
        if (election.Primary is { Facts.Position: { } position } primary)
        {
            _positions.Add(primary.SentAt, (ulong)position);
            return;
        }

        foreach (var member in members)
        {
            if (member is { Answers: true, Facts.InRecovery: true } && member.Timeline == election.Timeline)
            {
                var received = Latest(member.Facts.Position, member.Facts.ReceivePosition);
                _positions.Add(member.SentAt, (ulong)received);
            }
        }
    }

    private NodeState Describe(NodeRecord record, PrimaryElection election, ulong identifier)
    {
        if (record.Facts is not { } facts)
        {
            return new(record.Node)
            {
                Health = record.Fault is null ? NodeHealth.Unknown : NodeHealth.Unreachable,
                Reason = record.Fault?.Reason ?? "it has not been asked yet",
            };
        }

        var (health, reason) = Judge(record, facts, election, identifier);
        return new(record.Node)
        {
            Role = RoleOf(record, facts, election, health),
            Health = health,
            Reason = reason,
            IsReadOnly = !facts.InRecovery && facts.ReadOnly,
            Timeline = record.Timeline,
            SystemIdentifier = facts.SystemIdentifier,
            Position = facts.Position,
            ReceivePosition = facts.InRecovery ? facts.ReceivePosition : null,
            Lag = health == NodeHealth.Fenced ? ReplicationLag.Unknown : LagOf(record, facts),
            WalReceiver = !facts.InRecovery ? WalReceiverStatus.Unknown
                : facts.WalReceiverRuns ? WalReceiverStatus.Running : WalReceiverStatus.Stopped,
            IsReplayPaused = facts.ReplayPaused,
            StartedAt = new DateTimeOffset(facts.StartedAt),
            ServerVersion = facts.ServerVersion,
            ObservedAt = record.ReceivedAt,
            ProbeDuration = time.GetElapsedTime(record.SentAt, record.ReceivedAt),
        };
    }

    private ReplicationLag LagOf(NodeRecord record, NodeFacts facts) =>
        !facts.InRecovery ? ReplicationLag.None
        : facts.Position is { } replayed ? _positions.LagOf((ulong)replayed, record.ReceivedAt, time)
        : ReplicationLag.Unknown;

    private (NodeHealth Health, string Reason) Judge(NodeRecord record, NodeFacts facts, PrimaryElection election, ulong identifier)
    {
        if (facts.SystemIdentifier != identifier)
        {
            return (NodeHealth.Fenced, identifier == 0
                ? $"its system identifier is {facts.SystemIdentifier}, and it is not known which one is this cluster's"
                : $"it belongs to another cluster: its system identifier is {facts.SystemIdentifier}, not {identifier}");
        }

        if (record.Fault is { } fault)
        {
            return (NodeHealth.Unreachable, fault.Reason);
        }

        if (FindDivergence(record, facts, election) is { } divergence)
        {
            return (NodeHealth.Fenced, divergence);
        }

        return record.LacksWalReceiver && election.Primary is not null
            ? (NodeHealth.NotReplicating, "its WAL receiver is not running, so it gets no new log")
            : (NodeHealth.Healthy, "");
    }

    private string? FindDivergence(NodeRecord record, NodeFacts facts, PrimaryElection election)
    {
        if (!facts.InRecovery)
        {
            return record.Timeline < election.Timeline
                ? $"it claims to be primary on timeline {record.Timeline}, but the cluster is on timeline {election.Timeline}: rejoin it as a replica"
                : election.IsContested ? "another server claims to be primary on the same timeline" : null;
        }

        if (record.Timeline == election.Timeline || facts.Position is not { } replayed)
        {
            return null;
        }

        return _history.EndOf(record.Timeline) switch
        {
            null => $"it reports timeline {record.Timeline}, the cluster is on {election.Timeline}, and where the old one ended is not known: "
                + "if it does follow the primary, grant pg_monitor to the probing role",
            { } end when replayed > end && !facts.SeesWalReceiver => $"it replayed past {end}, where the timeline {record.Timeline} that it reports ended: "
                + "it diverged, or it follows the primary and its timeline is seen late; grant pg_monitor to the probing role to tell these apart",
            { } end when replayed > end => $"it replayed up to {replayed} on timeline {record.Timeline}, which ended at {end}: its data diverged; rebuild it",
            _ => null,
        };
    }

    private static NodeRole RoleOf(NodeRecord record, NodeFacts facts, PrimaryElection election, NodeHealth health) =>
        facts.InRecovery ? NodeRole.Replica
        : ReferenceEquals(record, election.Primary) ? NodeRole.Primary
        : health == NodeHealth.Unreachable && election.Primary is null && record.Timeline == election.Timeline ? NodeRole.Primary
        : NodeRole.Unknown;

    private static NpgsqlLogSequenceNumber Latest(NpgsqlLogSequenceNumber? replayed, NpgsqlLogSequenceNumber? received)
    {
        var (left, right) = (replayed ?? default, received ?? default);
        return left > right ? left : right;
    }
}
