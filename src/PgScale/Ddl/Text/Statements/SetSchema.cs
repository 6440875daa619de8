namespace PgScale.Ddl.Text.Statements;

/// <summary>A relation moves into another schema.</summary>
internal sealed record SetSchema(string Command, RelationKind Kind, SqlName Relation, string Schema) : DdlStatement(Command);
