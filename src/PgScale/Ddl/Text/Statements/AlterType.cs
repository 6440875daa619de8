namespace PgScale.Ddl.Text.Statements;

/// <summary>ALTER TYPE.</summary>
/// <param name="Type">The type.</param>
/// <param name="Action">ADD VALUE, RENAME VALUE, ATTRIBUTE or PLAIN.</param>
/// <param name="ChangesAttributes">Whether an attribute changes its type, so that columns would have to be rewritten.</param>
/// <param name="Cascade">Whether typed tables follow.</param>
internal sealed record AlterType(SqlName Type, string Action, bool ChangesAttributes, bool Cascade) : DdlStatement("ALTER TYPE");
