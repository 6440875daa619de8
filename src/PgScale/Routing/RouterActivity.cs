using System.Diagnostics;
using PgScale.Diagnostics;

namespace PgScale.Routing;

/// <summary>The spans of routing: one around each read and write, with the node and why it was chosen.</summary>
internal static class RouterActivity
{
    internal static Activity? Start(string name, string tier)
    {
        var activity = PgScaleActivitySource.Instance.StartActivity(name, ActivityKind.Internal);
        activity?.SetTag(PgScaleTelemetry.TierTag, tier);
        return activity;
    }

    internal static void Chosen(string node, string reason)
    {
        if (Activity.Current is { } current && ReferenceEquals(current.Source, PgScaleActivitySource.Instance))
        {
            current.SetTag(PgScaleTelemetry.NodeTag, node).SetTag("pgscale.reason", reason);
        }
    }

    internal static void Failed(this Activity? activity, Exception failure)
    {
        activity?.SetTag("error.type", failure is Npgsql.PostgresException refused ? refused.SqlState : failure.GetType().FullName);
        activity?.SetStatus(ActivityStatusCode.Error);
    }
}
