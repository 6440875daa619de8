namespace PgScale.Ddl.Server;

/// <summary>What the server said about a statement.</summary>
/// <param name="Rejection">Its error, or null when it accepts.</param>
/// <param name="Tree">The parse tree of the statement, from PostgreSQL 16 on.</param>
internal sealed record ServerReading(string? Rejection, ServerNode? Tree);
