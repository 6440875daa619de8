namespace PgScale.Ddl.Text.Statements;

/// <summary>DROP TABLE, INDEX, VIEW and so on.</summary>
internal sealed record DropRelations(string Command, RelationKind Kind, IReadOnlyList<SqlName> Relations, bool Concurrently, bool IfExists, bool Cascade)
    : DdlStatement(Command);
