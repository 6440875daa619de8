using System.Globalization;

namespace PgScale.Benchmarks.Buffering;

/// <summary>A row of the log table: eight columns, about 340 bytes as they are sent.</summary>
internal sealed record LogEntry(long Number, DateTime CreatedAt, short Level, string Service, string Host, Guid Request, string Message, string Properties)
{
    private const int Kept = 1 << 14;

    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>Entries made beforehand, so that sides are compared and not the making of entries.</summary>
    public static LogEntry[] Pool { get; } = [.. Enumerable.Range(0, Kept).Select(number => Create(number))];

    /// <summary>An entry that shares no object with another one.</summary>
    public static LogEntry Create(long number)
    {
        var text = number.ToString("D12", CultureInfo.InvariantCulture);
        return new(
            number,
            Start.AddTicks(number * 10),
            (short)(number % 5),
            new string("orders-api".AsSpan()),
            new string("node-17.internal".AsSpan()),
            new Guid((int)number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
            $"Order {text} of customer {text} was accepted after three attempts and handed over to the warehouse of the north",
            $$"""{"order": "{{text}}", "customer": "{{text}}", "attempts": 3, "warehouse": "north", "region": "eu-central", "total": 118}""");
    }
}
