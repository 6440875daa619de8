using System.Globalization;
using System.Text;
using System.Text.Json;
using PgScale.Ddl;

namespace PgScale.Cli.Ddl;

/// <summary>A run of the history, for people and for programs.</summary>
internal static class RunText
{
    internal static string Write(DdlRun run)
    {
        var waited = TimeSpan.FromSeconds(run.Steps.Sum(step => step.Waited.TotalSeconds));
        var held = run.Steps.Count == 0 ? TimeSpan.Zero : run.Steps.Max(step => step.Held);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{run.Outcome}: {run.Plan.Statement} ({run.Steps.Count} steps, waited {waited.TotalSeconds:0.00} s, held locks for {held.TotalMilliseconds:0} ms at most)");
    }

    internal static string WriteJson(DdlRun run)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("run", run.Id);
            json.WriteString("statement", run.Plan.Statement);
            json.WriteString("outcome", run.Outcome.ToString());
            json.WriteString("error", run.Error);
            json.WriteString("migration", run.Migration);
            json.WriteString("by", run.By);
            json.WriteString("from", run.From);
            json.WriteString("started_at", run.StartedAt);
            Write(json, "ended_at", run.EndedAt);
            json.WriteStartArray("steps");
            foreach (var step in run.Steps)
            {
                Write(json, step);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter json, DdlStepRecord step)
    {
        json.WriteStartObject();
        json.WriteNumber("step", step.Step);
        json.WriteString("sql", step.Sql);
        json.WriteString("outcome", step.Outcome.ToString());
        json.WriteNumber("attempts", step.Attempts);
        json.WriteString("started_at", step.StartedAt);
        Write(json, "ended_at", step.EndedAt);
        json.WriteNumber("waited_seconds", step.Waited.TotalSeconds);
        json.WriteNumber("held_seconds", step.Held.TotalSeconds);
        json.WriteStartArray("blockers");
        foreach (var blocker in step.Blockers)
        {
            json.WriteStringValue(blocker.ToString());
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, DateTimeOffset? moment)
    {
        if (moment is { } known)
        {
            json.WriteString(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
