using System.Collections.Immutable;

namespace PgScale.Backfill.Planning;

/// <summary>An index of the table and the columns it depends on: keys, included ones, expressions and predicate.</summary>
internal sealed record TableIndex(string Name, ImmutableArray<string> Leading, ImmutableArray<string> Columns, bool IsUnique, bool IsWhole)
{
    internal bool IsPrimary { get; init; }
}
