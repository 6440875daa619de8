namespace PgScale.Ddl.Text.Statements;

/// <summary>ALTER TABLE, VIEW, INDEX, SEQUENCE and so on with a list of actions.</summary>
internal sealed record AlterTable(string Command, RelationKind Kind, SqlName Table, bool IfExists, bool Only, IReadOnlyList<AlterAction> Actions) : DdlStatement(Command);
