namespace PgScale.Ddl.Server;

/// <summary>What the catalog says about a column.</summary>
internal sealed record ColumnFacts(short Number, string Name, string Type, bool NotNull, string? Default, string Collation, char Generated, char Identity);
