using System.Text.Json;
using System.Text.Json.Serialization;

namespace PgScale.Ddl.History;

/// <summary>A rule is kept as its id, which never changes its meaning.</summary>
internal sealed class RuleConverter : JsonConverter<DdlRule>
{
    public override DdlRule Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var id = reader.GetString() ?? "";
        return DdlRules.Find(id) ?? new(id, "A rule of another version of PgScale", "", "", "", "");
    }

    public override void Write(Utf8JsonWriter writer, DdlRule value, JsonSerializerOptions options) => writer.WriteStringValue(value.Id);
}
