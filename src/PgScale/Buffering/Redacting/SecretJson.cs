using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PgScale.Buffering.Redacting;

/// <summary>Masks values of secret names in JSON, without building a tree of it.</summary>
internal sealed class SecretJson(SecretNames names, string mask)
{
    // The text goes into a table, not into a page: what is not masked is written as it came.
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly JsonReaderOptions Reading = new() { MaxDepth = 256 };

    /// <summary>The text with its secrets masked, itself when it has none, and null when it is no JSON.</summary>
    internal string? Mask(string json)
    {
        try
        {
            using var buffer = new MemoryStream();
            using var writer = new Utf8JsonWriter(buffer, Writing);
            var found = Copy(new(Encoding.UTF8.GetBytes(json), Reading), writer);
            writer.Flush();
            return found ? Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) : json;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private bool Copy(Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        var found = false;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                Copy(ref reader, writer);
                continue;
            }

            var name = reader.GetString()!;
            writer.WritePropertyName(name);
            if (names.Match(name))
            {
                found = true;
                reader.Read();
                reader.Skip();
                writer.WriteStringValue(mask);
            }
        }

        return found;
    }

    private static void Copy(ref Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                writer.WriteStartObject();
                break;
            case JsonTokenType.EndObject:
                writer.WriteEndObject();
                break;
            case JsonTokenType.StartArray:
                writer.WriteStartArray();
                break;
            case JsonTokenType.EndArray:
                writer.WriteEndArray();
                break;
            case JsonTokenType.String:
                writer.WriteStringValue(reader.GetString());
                break;
            default:
                writer.WriteRawValue(reader.ValueSpan, skipInputValidation: true); // numbers keep their digits
                break;
        }
    }
}
