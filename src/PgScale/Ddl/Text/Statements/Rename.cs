namespace PgScale.Ddl.Text.Statements;

/// <summary>A new name for a relation, or for a column or constraint of one.</summary>
/// <param name="Command">The command.</param>
/// <param name="Kind">What the relation is called.</param>
/// <param name="Relation">The relation.</param>
/// <param name="Part">COLUMN, CONSTRAINT or null for the relation itself.</param>
/// <param name="From">The old name of the part, or null.</param>
/// <param name="To">The new name.</param>
internal sealed record Rename(string Command, RelationKind Kind, SqlName Relation, string? Part, string? From, string To) : DdlStatement(Command);
