using System.Diagnostics;
using PgScale.Diagnostics;

namespace PgScale.Backfill.Running;

/// <summary>The spans of this room: one around each batch.</summary>
internal static class BackfillActivity
{
    internal static Activity? Batch(string backfill, BatchOrder order)
    {
        var activity = PgScaleActivitySource.Instance.StartActivity("pgscale.backfill.batch", ActivityKind.Internal);
        return activity?.SetTag(ControlledBackfillMetrics.NameTag, backfill).SetTag("pgscale.backfill.rows", order.Rows);
    }

    internal static void Done(this Activity? activity, long changed) => activity?.SetTag("pgscale.backfill.rows_changed", changed);

    internal static void Failed(this Activity? activity, Exception failure)
    {
        activity?.SetTag("error.type", failure is Npgsql.PostgresException refused ? refused.SqlState : failure.GetType().FullName);
        activity?.SetStatus(ActivityStatusCode.Error);
    }
}
