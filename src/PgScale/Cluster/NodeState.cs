using NpgsqlTypes;

namespace PgScale.Cluster;

/// <summary>What is known of one server in one <see cref="ClusterSnapshot"/>. Immutable.</summary>
public sealed class NodeState
{
    internal NodeState(ClusterNode node) => Node = node;

    /// <summary>The server as configured.</summary>
    public ClusterNode Node { get; }

    /// <summary>The server's name, as configured.</summary>
    public string Name => Node.Name;

    /// <summary>Its role. A server that stopped answering keeps its last one; look at <see cref="Health"/> as well.</summary>
    public NodeRole Role { get; internal init; }

    /// <summary>Whether it can be used.</summary>
    public NodeHealth Health { get; internal init; }

    /// <summary>Why it is not healthy, as the end of the sentence "the node cannot be used because …"; empty when it is.</summary>
    public string Reason { get; internal init; } = "";

    /// <summary>Whether it answers with data of this cluster: healthy, or a replica without WAL receiver, whose lag tells its age.</summary>
    public bool IsUsable => Health is NodeHealth.Healthy or NodeHealth.NotReplicating;

    /// <summary>Whether sessions are read-only although the server is a primary (<c>default_transaction_read_only</c>).</summary>
    public bool IsReadOnly { get; internal init; }

    /// <summary>Its timeline; 0 while unknown.</summary>
    public uint Timeline { get; internal init; }

    /// <summary>The system identifier of its data; 0 while unknown.</summary>
    public ulong SystemIdentifier { get; internal init; }

    /// <summary>Flushed position of a primary, replayed position of a replica, page headers taken away; null while unknown.</summary>
    public NpgsqlLogSequenceNumber? Position { get; internal init; }

    /// <summary>The position up to which a replica has received and flushed log; null while unknown and on a primary.</summary>
    public NpgsqlLogSequenceNumber? ReceivePosition { get; internal init; }

    /// <summary>How far a replica is behind; <see cref="ReplicationLag.None"/> on the primary.</summary>
    public ReplicationLag Lag { get; internal init; }

    /// <summary>Whether a replica's WAL receiver runs.</summary>
    public WalReceiverStatus WalReceiver { get; internal init; }

    /// <summary>Whether replay is paused by <c>pg_wal_replay_pause()</c>.</summary>
    public bool IsReplayPaused { get; internal init; }

    /// <summary>When the server process started, by its own clock; null while unknown.</summary>
    public DateTimeOffset? StartedAt { get; internal init; }

    /// <summary><c>server_version_num</c>, as 150018 for 15.18; 0 while unknown.</summary>
    public int ServerVersion { get; internal init; }

    /// <summary>When the facts above were observed, as <see cref="TimeProvider.GetTimestamp"/>; 0 while unknown.</summary>
    public long ObservedAt { get; internal init; }

    /// <summary>How long the last answered probe took.</summary>
    public TimeSpan ProbeDuration { get; internal init; }

    /// <summary>Name, role, health and lag, for logs.</summary>
    public override string ToString() => Role == NodeRole.Replica ? $"{Name}: {Role}, {Health}, lag {Lag}" : $"{Name}: {Role}, {Health}";
}
