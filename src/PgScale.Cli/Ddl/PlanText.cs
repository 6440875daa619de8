using System.Globalization;
using System.Text;
using PgScale.Ddl;

namespace PgScale.Cli.Ddl;

/// <summary>A plan for people.</summary>
internal static class PlanText
{
    internal static string Write(DdlPlan plan, bool withSteps)
    {
        var text = new StringBuilder();
        text.AppendLine(plan.Statement);
        text.AppendLine(CultureInfo.InvariantCulture, $"  {PlanJson.Word(plan.Verdict)}: {plan.Reason}");
        if (plan.Remedy is { } remedy)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  instead: {remedy}");
        }

        foreach (var finding in plan.Findings)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {finding}{(finding.Override is { } allowed ? $" (allowed: {allowed.Reason})" : "")}");
        }

        if (plan.Locks.Count > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  locks as written: {string.Join(", ", plan.Locks)}");
        }

        for (var index = 0; withSteps && index < plan.Steps.Count; index++)
        {
            Write(text, index, plan.Steps[index]);
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, int index, DdlStep step)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"  {index + 1}. ({PlanJson.Word(step.Kind)}) {step.Sql.ReplaceLineEndings("\n     ")}");
        text.AppendLine(CultureInfo.InvariantCulture, $"     {step.Why}{(step.Locks.Count > 0 ? $" [{string.Join(", ", step.Locks)}]" : "")}");
    }
}
