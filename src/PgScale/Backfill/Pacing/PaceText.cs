using System.Text.Json;
using System.Text.Json.Serialization;

namespace PgScale.Backfill.Pacing;

/// <summary>A pace as the checkpoint table keeps it, so that another process can set it.</summary>
[JsonSerializable(typeof(BackfillPace))]
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class PaceText : JsonSerializerContext
{
    internal static string Write(BackfillPace pace) => JsonSerializer.Serialize(pace, Default.BackfillPace);

    internal static BackfillPace Read(string? text) => text is null ? new() : JsonSerializer.Deserialize(text, Default.BackfillPace) ?? new();
}
