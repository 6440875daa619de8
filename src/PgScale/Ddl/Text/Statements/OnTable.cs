namespace PgScale.Ddl.Text.Statements;

/// <summary>A statement of a catalog that takes a known lock on the relations that it names: triggers, policies, rules, statistics, comments.</summary>
internal sealed record OnTable(string Command, IReadOnlyList<(SqlName Relation, DdlLockMode Mode)> Takes) : DdlStatement(Command);
