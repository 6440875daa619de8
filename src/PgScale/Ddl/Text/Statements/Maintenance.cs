namespace PgScale.Ddl.Text.Statements;

/// <summary>CLUSTER, VACUUM FULL and TRUNCATE.</summary>
internal sealed record Maintenance(string Command, IReadOnlyList<SqlName> Relations, bool RestartsIdentity = false) : DdlStatement(Command);
