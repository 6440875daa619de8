using PgScale.Cluster;

namespace PgScale.Backfill.Pacing;

/// <summary>The lag of each replica against the strictest limit of the tiers that it serves, from the cluster's snapshot.</summary>
internal static class LagSignals
{
    private const double DefaultShare = 0.5;

    internal const string Name = "replica_lag";

    internal static IEnumerable<SignalReading> Read(ClusterSnapshot snapshot, BackfillPace pace, TimeProvider time) =>
        from node in snapshot.Nodes
        where Counts(node, snapshot, pace)
        let limit = LimitOf(node, snapshot, pace)
        where limit.Time is not null || limit.Bytes is not null
        select Read(node, limit, time);

    /// <summary>The least limit in time of all replicas that count; null when there is none.</summary>
    internal static TimeSpan? Tightest(ClusterSnapshot snapshot, BackfillPace pace) =>
        snapshot.Nodes.Where(node => Counts(node, snapshot, pace)).Select(node => LimitOf(node, snapshot, pace).Time).Min();

    // A fenced server takes no part, and an old primary that is gone is no replica yet. Whatever else is configured counts until it is
    // removed, a server that has never answered too.
    private static bool Counts(NodeState node, ClusterSnapshot snapshot, BackfillPace pace) =>
        node != snapshot.Primary && node.Health != NodeHealth.Fenced
        && (node.Role == NodeRole.Replica || (node.Role == NodeRole.Unknown && node.SystemIdentifier == 0))
        && pace.IgnoreReplicas?.Contains(node.Name, StringComparer.OrdinalIgnoreCase) != true;

    private static (TimeSpan? Time, long? Bytes) LimitOf(NodeState node, ClusterSnapshot snapshot, BackfillPace pace)
    {
        var share = pace.TierLagShare ?? DefaultShare;
        var tiers = snapshot.Tiers.Where(tier => node.Node.Serves(tier.Name)).ToList();
        return (
            pace.MaxReplicaLag ?? tiers.Min(tier => tier.MaxLagTime * share),
            pace.MaxReplicaLagBytes ?? tiers.Min(tier => tier.MaxLagBytes is { } bytes ? (long?)Math.Max(1, bytes * share) : null));
    }

    private static SignalReading Read(NodeState node, (TimeSpan? Time, long? Bytes) limit, TimeProvider time)
    {
        if (!node.IsUsable)
        {
            return new(Name, Value: null, Limit: 1, $"the lag of {node.Name} is not known: {node.Reason}. Repair it, remove it from the configuration, or name it in IgnoreReplicas");
        }

        // What has not been replayed has grown older since it was seen.
        var lag = node.Lag.Bytes > 0 && node.Lag.Time is { } seen ? seen + time.GetElapsedTime(node.ObservedAt) : node.Lag.Time;
        double? inTime = limit.Time is { } most ? lag / most : 0;
        double? inBytes = limit.Bytes is { } bytes ? (double?)node.Lag.Bytes / bytes : 0;
        var text = $"{node.Name} is {Show(lag)} and {node.Lag.Bytes?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unknown"} bytes behind, with limits of {Show(limit.Time)} and {limit.Bytes} bytes";
        return new(Name, inTime is null || inBytes is null ? null : Math.Max(inTime.Value, inBytes.Value), Limit: 1, text);
    }

    private static string Show(TimeSpan? time) => time is { } known ? OptionRules.Show(known) : "an unknown time";
}
