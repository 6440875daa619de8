namespace PgScale.Ddl.Text.Statements;

/// <summary>CREATE VIEW.</summary>
internal sealed record CreateView(SqlName View, bool OrReplace, bool Temporary, IReadOnlyList<SqlName> Reads) : DdlStatement("CREATE VIEW");
