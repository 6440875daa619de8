using PgScale.Cluster;

namespace PgScale.Backfill.Pacing;

/// <summary>How long the primary takes to answer a probe: what a small query of the application waits too.</summary>
internal static class ProbeSignal
{
    internal static IEnumerable<SignalReading> Read(ClusterSnapshot snapshot, BackfillPace pace)
    {
        if (pace.MaxProbeTime is not { } limit)
        {
            yield break;
        }

        var took = snapshot.Primary?.ProbeDuration;
        yield return new(
            "probe_time", took?.TotalSeconds, limit.TotalSeconds,
            $"the primary takes {(took is { } known ? OptionRules.Show(known) : "an unknown time")} to answer a probe, with a limit of {OptionRules.Show(limit)}");
    }
}
