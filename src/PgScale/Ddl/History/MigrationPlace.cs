namespace PgScale.Ddl.History;

/// <summary>Where a statement stands in a folder of migrations.</summary>
internal sealed record MigrationPlace(string File, int Position, int Statements, string Checksum);
