using NpgsqlTypes;

namespace PgScale.Cluster;

/// <summary>What a server said of itself in one probe.</summary>
internal sealed record NodeFacts
{
    internal required bool InRecovery { get; init; }

    internal required bool ReadOnly { get; init; }

    internal required ulong SystemIdentifier { get; init; }

    /// <summary>The highest timeline that the server is known to be on; on a replica possibly an older one than it really is.</summary>
    internal required uint Timeline { get; init; }

    /// <summary>Flushed position of a primary, replayed position of a replica; null when a replica has replayed nothing.</summary>
    internal required NpgsqlLogSequenceNumber? Position { get; init; }

    internal required NpgsqlLogSequenceNumber? ReceivePosition { get; init; }

    /// <summary>Where replay ended; on a primary that was promoted since its start, the switch point of its timeline.</summary>
    internal required NpgsqlLogSequenceNumber? ReplayEnd { get; init; }

    internal required bool WalReceiverRuns { get; init; }

    internal required bool ReplayPaused { get; init; }

    /// <summary>Whether the probe's role may see the WAL receiver's details (member of <c>pg_read_all_stats</c>).</summary>
    internal required bool SeesWalReceiver { get; init; }

    internal required DateTime StartedAt { get; init; }

    internal required int ServerVersion { get; init; }

    /// <summary>Earlier timelines, when the server is a primary and lets the role read its history file.</summary>
    internal TimelineHistory History { get; init; } = TimelineHistory.Empty;
}
