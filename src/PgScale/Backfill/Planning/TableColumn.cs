namespace PgScale.Backfill.Planning;

/// <summary>A column as the catalog has it.</summary>
internal sealed record TableColumn(string Name, string Type, bool IsNotNull, double? Correlation, bool HasSequence);
