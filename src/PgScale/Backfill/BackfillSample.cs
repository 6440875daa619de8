using System.Collections.Immutable;

namespace PgScale.Backfill;

/// <summary>A column of a row, before and after, as the server's text.</summary>
/// <param name="Key">The row's key.</param>
/// <param name="Column">The column.</param>
/// <param name="Before">What it is; null for NULL.</param>
/// <param name="After">What it would be; null for NULL.</param>
public sealed record BackfillSample(ImmutableArray<string> Key, string Column, string? Before, string? After);
