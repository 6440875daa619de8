namespace PgScale.Ddl.Text.Statements;

/// <summary>A statement that touches no table that exists: CREATE SCHEMA, FUNCTION, TYPE, SEQUENCE, GRANT and so on.</summary>
internal sealed record Plain(string Command) : DdlStatement(Command)
{
    /// <summary>What it names, so that the server can compare; null when there is nothing to compare.</summary>
    public SqlName? Subject { get; init; }
}
