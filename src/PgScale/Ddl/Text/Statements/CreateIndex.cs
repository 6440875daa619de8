namespace PgScale.Ddl.Text.Statements;

/// <summary>CREATE INDEX.</summary>
internal sealed record CreateIndex(SqlName Table) : DdlStatement("CREATE INDEX")
{
    public string? Name { get; init; }

    public bool Unique { get; init; }

    public bool Concurrently { get; init; }

    public bool IfNotExists { get; init; }

    public bool Only { get; init; }

    /// <summary>Everything behind the table's name.</summary>
    public string Definition { get; init; } = "";

    /// <summary>The key, with null for an expression; what is included follows.</summary>
    public IReadOnlyList<string?> Keys { get; init; } = [];
}
