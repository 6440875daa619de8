using System.Diagnostics;
using PgScale.Backfill;

namespace PgScale.Benchmarks.Backfill;

/// <summary>The same fill as a backfill.</summary>
internal static class Fills
{
    private static int _number;

    /// <summary>A definition under a name of its own: no turn goes on where another one ended.</summary>
    public static BackfillDefinition Create(BackfillForm form, BackfillPace? pace = null) => new($"fill-{Interlocked.Increment(ref _number)}", "posts")
    {
        Set = { ["priority"] = Posts.Expression },
        Where = "t.priority IS NULL",
        Form = form,
        Sweep = BackfillSweep.None, // nothing is inserted, and the others do not look again either
        Pace = pace ?? Unlimited(),
    };

    public static BackfillPace Unlimited() => new() { IgnoreReplicas = ["node1"] };

    public static async Task<long> RunAsync(BackfilledApplication application, BackfillDefinition definition, BatchTimes times, CancellationToken cancellationToken)
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "PgScale",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => Note(activity, times),
        };
        ActivitySource.AddActivityListener(listener);
        var status = await application.Backfill.RunAsync(definition, cancellationToken);
        return status.State == BackfillState.Completed
            ? status.RowsVisited
            : throw new InvalidOperationException($"The backfill is {status.State}: {status.Reason}");
    }

    private static void Note(Activity activity, BatchTimes times)
    {
        if (activity.OperationName == "pgscale.backfill.batch")
        {
            times.Add(activity.Duration);
        }
    }
}
