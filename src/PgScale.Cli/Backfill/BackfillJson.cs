using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using PgScale.Backfill;

namespace PgScale.Cli.Backfill;

/// <summary>Plans, progress and status for programs: one object a line, times in seconds.</summary>
internal static class BackfillJson
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string Write(BackfillProgress progress) => Line(json =>
    {
        json.WriteString("kind", "progress");
        json.WriteString("name", progress.Name);
        json.WriteString("state", State(progress.State));
        json.WriteString("stage", progress.Stage);
        json.WriteNumber("fraction", progress.Fraction);
        json.WriteNumber("rows_visited", progress.RowsVisited);
        json.WriteNumber("rows_changed", progress.RowsChanged);
        json.WriteNumber("rows_set_aside", progress.RowsSetAside);
        json.WriteNumber("rows_per_second", Math.Round(progress.RowsPerSecond));
        Seconds(json, "remaining", progress.Remaining);
        Seconds(json, "remaining_at_best", progress.RemainingAtBest);
        Seconds(json, "remaining_at_worst", progress.RemainingAtWorst);
        json.WriteNumber("duty", progress.Duty);
        json.WriteString("limited_by", progress.LimitedBy);
        json.WriteString("reason", progress.Reason);
    });

    internal static string Write(BackfillStatus status) => Line(json =>
    {
        json.WriteString("kind", "status");
        json.WriteString("name", status.Name);
        json.WriteString("state", State(status.State));
        json.WriteString("reason", status.Reason);
        json.WriteString("stage", status.Stage);
        json.WriteNumber("fraction", status.Fraction);
        json.WriteNumber("rows_visited", status.RowsVisited);
        json.WriteNumber("rows_changed", status.RowsChanged);
        json.WriteNumber("rows_set_aside", status.RowsSetAside);
        json.WriteNumber("rows_estimated", status.RowsEstimated);
        json.WriteNumber("batches", status.Batches);
        json.WriteNumber("workers", status.Workers);
        json.WriteString("limited_by", status.LimitedBy);
        json.WriteString("started_at", status.StartedAt);
        Moment(json, "seen_at", status.SeenAt);
        Moment(json, "ended_at", status.EndedAt);
    });

    internal static string Write(BackfillPlan plan) => Line(json =>
    {
        json.WriteString("kind", "plan");
        json.WriteString("name", plan.Name);
        json.WriteString("table", plan.Table);
        Texts(json, "key", plan.Key);
        json.WriteString("key_index", plan.KeyIndex);
        json.WriteString("form", plan.Form.ToString().ToLowerInvariant());
        json.WriteNumber("stripes", plan.Stripes);
        json.WriteString("form_reason", plan.FormReason);
        json.WriteString("statement", plan.Statement);
        json.WriteNumber("rows_estimated", plan.RowsEstimated);
        Seconds(json, "duration_estimated", plan.DurationEstimated);
        json.WriteStartArray("samples");
        foreach (var sample in plan.Samples)
        {
            json.WriteStartObject();
            Texts(json, "key", sample.Key);
            json.WriteString("column", sample.Column);
            json.WriteString("before", sample.Before);
            json.WriteString("after", sample.After);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("findings");
        foreach (var finding in plan.Findings)
        {
            json.WriteStartObject();
            json.WriteBoolean("refused", finding.IsRefusal);
            json.WriteString("risk", finding.Risk.ToString());
            json.WriteString("message", finding.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string Line(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Plain))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string State(BackfillState state) => state.ToString().ToLowerInvariant();

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static void Seconds(Utf8JsonWriter json, string name, TimeSpan? time)
    {
        if (time is { } known)
        {
            json.WriteNumber(name, Math.Round(known.TotalSeconds, 3));
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void Moment(Utf8JsonWriter json, string name, DateTimeOffset? moment)
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
