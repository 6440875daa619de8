using System.Globalization;
using System.Text;
using PgScale.Backfill;

namespace PgScale.Cli.Backfill;

/// <summary>Plans, progress and status for people.</summary>
internal static class BackfillText
{
    internal static string Write(BackfillProgress progress)
    {
        var left = progress.Remaining is { } time ? $", {Show(time)} left{Spread(progress)}" : "";
        var stage = progress.Stage.Length > 0 ? $" {progress.Stage}:" : "";
        var why = progress.State != BackfillState.Running ? $", {progress.State.ToString().ToLowerInvariant()}"
            : progress.LimitedBy.Length > 0 ? $", {(progress.Duty == 0 ? "held" : "slowed")}: {progress.Reason}" : "";
        return Text($"{progress.Name}:{stage} {progress.RowsPerSecond:N0} rows/s{left}{why}");
    }

    internal static string Write(BackfillStatus status)
    {
        var reason = status.Reason.Length > 0 ? $" ({status.Reason})" : "";
        var stage = status.Stage.Length > 0 ? $", stage {status.Stage}" : "";
        var limited = status.LimitedBy.Length > 0 ? $", limited by {status.LimitedBy}" : "";
        var aside = status.RowsSetAside > 0 ? Text($"; {status.RowsSetAside:N0} rows are set aside, see pgscale.backfill_row") : "";
        return Text($"{status.Name} is {status.State.ToString().ToLowerInvariant()}{reason}{stage}: {status.Fraction:P1}, {status.RowsChanged:N0} of {status.RowsVisited:N0} rows changed in {status.Batches:N0} batches by {status.Workers} workers{limited}{aside}");
    }

    internal static string Write(BackfillPlan plan)
    {
        var text = new StringBuilder()
            .AppendLine(Text($"{plan.Name}: {plan.RowsEstimated:N0} rows of {plan.Table} along ({string.Join(", ", plan.Key)}) by {plan.KeyIndex}"))
            .AppendLine(Text($"  {(plan.Form == BackfillForm.Striped ? $"in {plan.Stripes} stripes" : "in plain ranges")}, because {plan.FormReason}"))
            .AppendLine(plan.DurationEstimated is { } time ? $"  about {Show(time)} at full speed" : "  its time is not known before it runs")
            .AppendLine(plan.Statement.Length > 0 ? $"  {plan.Statement}" : "  by code");
        foreach (var sample in plan.Samples)
        {
            text.AppendLine($"  ({string.Join(", ", sample.Key)}) {sample.Column}: {sample.Before ?? "NULL"} becomes {sample.After ?? "NULL"}");
        }

        foreach (var finding in plan.Findings)
        {
            text.AppendLine($"  {(finding.IsRefusal ? "REFUSED" : "note")}: {finding.Message}");
        }

        return text.ToString().TrimEnd();
    }

    private static string Spread(BackfillProgress progress) =>
        progress is { RemainingAtBest: { } best, RemainingAtWorst: { } worst } ? $" ({Show(best)} to {Show(worst)})" : "";

    private static string Show(TimeSpan time) => time.TotalDays >= 1 ? Text($"{time.TotalDays:0.0} days") : time.ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
