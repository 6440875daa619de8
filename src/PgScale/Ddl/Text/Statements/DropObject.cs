namespace PgScale.Ddl.Text.Statements;

/// <summary>DROP of anything that is no relation.</summary>
/// <param name="Command">The command.</param>
/// <param name="Kind">What is dropped, in lower case.</param>
/// <param name="Names">The names.</param>
/// <param name="Table">The table that a trigger, rule or policy belongs to.</param>
/// <param name="IfExists">Whether it may be missing.</param>
/// <param name="Cascade">Whether what depends on it goes too.</param>
internal sealed record DropObject(string Command, string Kind, IReadOnlyList<SqlName> Names, SqlName? Table, bool IfExists, bool Cascade) : DdlStatement(Command);
