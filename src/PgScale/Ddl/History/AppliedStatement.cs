namespace PgScale.Ddl.History;

/// <summary>A statement of a file that was run to its end.</summary>
internal sealed record AppliedStatement(string File, int Position, string Sql, string Checksum, int Statements);
