using System.Diagnostics;
using PgScale.Buffering.Sinks;
using PgScale.Diagnostics;

namespace PgScale.Buffering.Flushing;

/// <summary>The activity of one flush, linked to those who enqueued what it writes.</summary>
internal static class FlushActivity
{
    internal const string Name = "pgscale.buffer.flush";

    /// <summary>Starts it; null when nobody listens.</summary>
    internal static Activity? Start(FlushStatus status, RowBatch batch, IReadOnlyList<ActivityLink> links)
    {
        var activity = PgScaleActivitySource.Instance.StartActivity(Name, ActivityKind.Internal, default(ActivityContext), links: links);
        activity?.SetTag("pgscale.buffer", status.Buffer).SetTag("pgscale.buffer.target", status.Target)
            .SetTag("pgscale.buffer.items", batch.Items).SetTag("pgscale.buffer.rows", batch.Rows);
        return activity;
    }

    internal static void End(Activity? activity, LaneReport? report)
    {
        activity?.SetTag("pgscale.buffer.dead_letters", report?.DeadLetters ?? 0);
        activity?.SetStatus(report is null ? ActivityStatusCode.Error : ActivityStatusCode.Ok);
    }
}
