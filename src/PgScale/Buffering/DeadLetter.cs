namespace PgScale.Buffering;

/// <summary>A row that its table refused, while all others of its batch were written.</summary>
public sealed record DeadLetter
{
    /// <summary>The name of the buffer.</summary>
    public required string Buffer { get; init; }

    /// <summary>The table.</summary>
    public required string Target { get; init; }

    /// <summary>The item as it was enqueued, after redaction; null when items were merged into the row.</summary>
    public object? Item { get; init; }

    /// <summary>The values of the mapped columns as a JSON object.</summary>
    public required string Json { get; init; }

    /// <summary>Why it was refused.</summary>
    public required Exception Error { get; init; }

    /// <summary>The server's SQLSTATE; null when the row could not be encoded and never reached it.</summary>
    public string? SqlState { get; init; }

    /// <summary>When it was refused.</summary>
    public required DateTimeOffset FailedAt { get; init; }
}
