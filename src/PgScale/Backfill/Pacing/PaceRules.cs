using PgScale.Cluster;

namespace PgScale.Backfill.Pacing;

/// <summary>What a pace may say, for options, definitions and live changes alike.</summary>
internal static class PaceRules
{
    internal static void Check(BackfillPace pace, string path, OptionRules rules)
    {
        var (ms, minute, day) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1), TimeSpan.FromDays(1));
        rules.InRange($"{path}BatchTime", pace.BatchTime, ms, minute);
        rules.InRange($"{path}MaxReplicaLag", pace.MaxReplicaLag, ms, day);
        rules.InRange($"{path}MaxProbeTime", pace.MaxProbeTime, ms, minute);
        InRange("MaxBatchRows", pace.MaxBatchRows, 1, 1_000_000);
        InRange("Nice", pace.Nice, 0, 100);
        InRange("MaxRowsPerSecond", pace.MaxRowsPerSecond, 1, 1_000_000_000);
        InRange("MaxReplicaLagBytes", pace.MaxReplicaLagBytes, 1, 1L << 40);
        InRange("TierLagShare", pace.TierLagShare, 0.001, 1);
        InRange("MaxWalRate", pace.MaxWalRate, 1, 1L << 40);
        InRange("MaxActiveSessions", pace.MaxActiveSessions, 1, 10_000);
        InRange("CriticalActiveSessions", pace.CriticalActiveSessions, 1, 10_000);
        InRange("MaxLockWaiters", pace.MaxLockWaiters, 0, 1_000);
        InRange("MaxDeadRows", pace.MaxDeadRows, 0.01, 100);
        InRange("MinFreeConnections", pace.MinFreeConnections, 0, 10_000);
        InRange("MaxCheckpointDistance", pace.MaxCheckpointDistance, 0.01, 10);
        rules.Require(
            pace.TimeZone is null || TimeZoneInfo.TryFindSystemTimeZoneById(pace.TimeZone, out _),
            $"{path}TimeZone",
            $"is '{pace.TimeZone}', which this machine does not know. Use a name such as Europe/Berlin, and install tzdata if it is missing.");

        void InRange(string setting, double? value, double least, double most)
        {
            if (value is { } given)
            {
                rules.InRange(path + setting, given, least, most);
            }
        }
    }
}
