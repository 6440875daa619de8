namespace PgScale.Buffering.Sinks;

/// <summary>Moments with an offset, for <c>timestamptz</c>: it holds the moment only, and the driver takes no other offset than 0.</summary>
internal static class Moment
{
    private const string Type = "timestamp with time zone";

    internal static bool Concerns<TValue>(string type) => (typeof(TValue) == typeof(DateTimeOffset) || typeof(TValue) == typeof(DateTimeOffset?)) && type == Type;

    /// <summary>The same moment with offset 0; any other value as it is.</summary>
    internal static TValue InUtc<TValue>(TValue value, string type) =>
        Concerns<TValue>(type) && value is DateTimeOffset moment ? (TValue)(object)moment.ToUniversalTime() : value;
}
