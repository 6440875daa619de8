namespace PgScale.Ddl.Text.Statements;

/// <summary>What a constraint demands.</summary>
internal enum ConstraintKind
{
    Null,
    NotNull,
    Default,
    Generated,
    Identity,
    Check,
    Unique,
    PrimaryKey,
    ForeignKey,
    Exclusion,
}
