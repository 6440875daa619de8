using System.Text.Json.Serialization;

namespace PgScale.Ddl.History;

/// <summary>Plans, locks and blockers as the history keeps them.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    IgnoreReadOnlyProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(RuleConverter)])]
[JsonSerializable(typeof(DdlPlan))]
[JsonSerializable(typeof(IReadOnlyList<DdlLock>))]
[JsonSerializable(typeof(IReadOnlyList<DdlBlocker>))]
internal sealed partial class HistoryJson : JsonSerializerContext;
