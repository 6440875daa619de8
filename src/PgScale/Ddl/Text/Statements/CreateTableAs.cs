namespace PgScale.Ddl.Text.Statements;

/// <summary>A table or a materialized view made by a query.</summary>
internal sealed record CreateTableAs(string Command, SqlName Relation, bool Temporary, bool WithData, IReadOnlyList<SqlName> Reads) : DdlStatement(Command);
