namespace PgScale.Ddl.Text.Statements;

/// <summary>A statement as the recogniser understood it.</summary>
/// <param name="Command">The command, for example <c>ALTER TABLE</c>.</param>
internal abstract record DdlStatement(string Command);
