namespace PgScale.Ddl;

/// <summary>A rule that a statement meets.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Message">What the statement would do, with the names of its objects.</param>
/// <param name="Relation">The relation that suffers, as SQL writes it, or null.</param>
public sealed record DdlFinding(DdlRule Rule, string Message, string? Relation = null)
{
    /// <summary>The override that lets the statement pass all the same, or null.</summary>
    public DdlOverride? Override { get; init; }

    /// <summary>The rule's id and the message.</summary>
    public override string ToString() => $"{Rule.Id}: {Message}";
}
