using System.Diagnostics;
using PgScale.Diagnostics;

namespace PgScale.Ddl.Execution;

/// <summary>The spans of schema changes: one around each run and one around each of its steps.</summary>
internal static class DdlActivity
{
    internal static Activity? StartRun(DdlRun run)
    {
        var activity = PgScaleActivitySource.Instance.StartActivity("pgscale.ddl.run", ActivityKind.Internal);
        activity?.SetTag("pgscale.ddl.run", run.Id).SetTag("db.query.text", run.Plan.Statement);
        return activity;
    }

    internal static Activity? StartStep(DdlRun run, int step)
    {
        var activity = PgScaleActivitySource.Instance.StartActivity("pgscale.ddl.step", ActivityKind.Internal);
        activity?.SetTag("pgscale.ddl.step", step).SetTag("db.query.text", run.Plan.Steps[step].Sql);
        return activity;
    }

    internal static void Failed(Activity? activity, Exception failure)
    {
        activity?.SetTag("error.type", failure is Npgsql.PostgresException refused ? refused.SqlState : failure.GetType().FullName);
        activity?.SetStatus(ActivityStatusCode.Error);
    }
}
