namespace PgScale.Ddl.Text.Statements;

/// <summary>A constraint of a column or a table.</summary>
internal sealed record Constraint(ConstraintKind Kind)
{
    /// <summary>Its name, or null where the server makes one.</summary>
    public string? Name { get; init; }

    /// <summary>The words as written, without the name and without NOT VALID.</summary>
    public string Text { get; init; } = "";

    /// <summary>The key, when it names columns.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>The condition, the default or the generation.</summary>
    public SqlExpression? Expression { get; init; }

    /// <summary>The table that a foreign key refers to.</summary>
    public SqlName? References { get; init; }

    public IReadOnlyList<string> ReferencedColumns { get; init; } = [];

    /// <summary>The index that becomes the constraint's.</summary>
    public string? UsingIndex { get; init; }

    /// <summary>Columns that the index carries beside its key.</summary>
    public IReadOnlyList<string> Included { get; init; } = [];

    /// <summary>Words of a UNIQUE or PRIMARY KEY behind its columns that belong to the index: INCLUDE, WITH, TABLESPACE, NULLS NOT DISTINCT.</summary>
    public string IndexWords { get; init; } = "";

    /// <summary>DEFERRABLE and the like.</summary>
    public string DeferralWords { get; init; } = "";

    public bool NullsNotDistinct { get; init; }

    public bool NotValid { get; init; }

    public bool NoInherit { get; init; }

    /// <summary>Whether a generated column is stored; a virtual one (18) is not.</summary>
    public bool Stored { get; init; }
}
