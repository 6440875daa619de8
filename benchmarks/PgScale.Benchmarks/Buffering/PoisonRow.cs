namespace PgScale.Benchmarks.Buffering;

/// <summary>A row of a table with many constraints, and the ways in which one can be bad.</summary>
internal sealed record PoisonRow(long Id)
{
    public string? Text { get; init; } = "fine";

    public int Level { get; init; }

    public long Parent { get; init; } = 1;

    public string Data { get; init; } = "{}";

    public long? Late { get; init; }

    public bool Throws { get; init; }

    /// <summary>Bad rows; whether the server, or the driver, says which line it was.</summary>
    public static IReadOnlyDictionary<string, (PoisonRow Row, bool IsNamed)> Kinds { get; } = new Dictionary<string, (PoisonRow, bool)>(StringComparer.Ordinal)
    {
        ["NOT NULL"] = (new(0) { Text = null }, true),
        ["CHECK"] = (new(0) { Level = -1 }, true),
        ["UNIQUE"] = (new(-7), true),
        ["too long"] = (new(0) { Text = new string('x', 101) }, true),
        ["zero byte"] = (new(0) { Text = "a\0b" }, true),
        ["no JSON"] = (new(0) { Data = "{no json" }, true),
        ["zero in JSON"] = (new(0) { Data = """{"k": "\u0000"}""" }, true),
        ["half a character"] = (new(0) { Text = "half \ud800" }, true),
        ["selector throws"] = (new(0) { Throws = true }, true),
        ["foreign key"] = (new(0) { Parent = 999 }, false),
        ["deferred UNIQUE"] = (new(0) { Late = -1 }, false),
    };
}
