using System.Text.Json;

namespace PgScale.Buffering.Sinks;

/// <summary>Writes a value of any mapped type into JSON without reflection.</summary>
internal static class JsonValue
{
    internal static void Write<TValue>(Utf8JsonWriter json, TValue value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case short or int or long or byte or decimal:
                json.WriteNumberValue(Convert.ToDecimal(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
            case DateTime moment:
                json.WriteStringValue(moment);
                break;
            case DateTimeOffset moment:
                json.WriteStringValue(moment);
                break;
            case byte[] bytes:
                json.WriteBase64StringValue(bytes);
                break;
            case Array array:
                json.WriteStartArray();
                foreach (var element in array)
                {
                    Write(json, element);
                }

                json.WriteEndArray();
                break;
            case IFormattable formattable:
                json.WriteStringValue(formattable.ToString(format: null, System.Globalization.CultureInfo.InvariantCulture));
                break;
            default:
                json.WriteStringValue(value.ToString());
                break;
        }
    }
}
