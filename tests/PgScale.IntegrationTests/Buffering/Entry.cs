namespace PgScale.IntegrationTests.Buffering;

/// <summary>A row of the log table.</summary>
internal readonly record struct Entry(long Id, string? Text, int? Level = null, DateTime At = default);
