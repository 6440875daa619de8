using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using PgScale.Ddl;

namespace PgScale.Cli.Ddl;

/// <summary>A plan as one line of JSON.</summary>
internal static class PlanJson
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string Write(DdlPlan plan)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            json.WriteString("statement", plan.Statement);
            json.WriteString("verdict", Word(plan.Verdict));
            json.WriteString("reason", plan.Reason);
            if (plan.Remedy is { } remedy)
            {
                json.WriteString("remedy", remedy);
            }

            WriteTexts(json, "rules", plan.Rules);
            WriteLocks(json, plan.Locks);
            WriteTexts(json, "rewrites", plan.Rewrites);
            WriteTexts(json, "scans", plan.Scans);
            WriteSteps(json, plan.Steps);
            json.WriteBoolean("checked_by_server", plan.CheckedByServer);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    internal static string Word(DdlVerdict verdict) => verdict switch
    {
        DdlVerdict.Safe => "safe",
        DdlVerdict.Planned => "planned",
        _ => "refused",
    };

    internal static string Word(DdlStepKind kind) => kind switch
    {
        DdlStepKind.Transaction => "transaction",
        DdlStepKind.OutsideTransaction => "concurrent",
        DdlStepKind.Validation => "validation",
        _ => "backfill",
    };

    private static void WriteSteps(Utf8JsonWriter json, IReadOnlyList<DdlStep> steps)
    {
        json.WriteStartArray("steps");
        foreach (var step in steps)
        {
            json.WriteStartObject();
            json.WriteString("kind", Word(step.Kind));
            json.WriteString("sql", step.Sql);
            json.WriteString("why", step.Why);
            WriteLocks(json, step.Locks);
            WriteTexts(json, "rewrites", step.Rewrites);
            WriteTexts(json, "scans", step.Scans);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLocks(Utf8JsonWriter json, IReadOnlyList<DdlLock> locks)
    {
        json.WriteStartArray("locks");
        foreach (var one in locks)
        {
            json.WriteStartObject();
            json.WriteString("relation", one.Relation);
            json.WriteString("mode", one.ServerMode);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
