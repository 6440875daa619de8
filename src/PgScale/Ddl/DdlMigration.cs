namespace PgScale.Ddl;

/// <summary>A file of statements and how it stands.</summary>
/// <param name="Name">The file's name, which gives the order.</param>
/// <param name="Checksum">SHA-256 of its text in hexadecimal digits, line ends taken as LF.</param>
/// <param name="Statements">Its statements.</param>
/// <param name="IsApplied">Whether all of them had been run before.</param>
public sealed record DdlMigration(string Name, string Checksum, IReadOnlyList<string> Statements, bool IsApplied);
