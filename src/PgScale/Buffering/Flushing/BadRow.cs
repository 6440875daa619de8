namespace PgScale.Buffering.Flushing;

/// <summary>A row that was refused, and why.</summary>
internal readonly record struct BadRow(int Row, Exception Error);
