using PgScale.Backfill.Ledger;
using PgScale.Backfill.Planning;

namespace PgScale.Backfill.Running;

/// <summary>One batch to run: from where to where, what to write down with it, and what to look up for the next one.</summary>
/// <param name="Before">The position that it starts from.</param>
/// <param name="Upper">The last key of the batch.</param>
/// <param name="IsLast">Whether the range is done with it.</param>
/// <param name="Visited">Rows visited that no checkpoint has carried yet, this batch's included.</param>
/// <param name="Changed">Rows changed that no checkpoint has carried yet: those of the batch before, since this one's are not known.</param>
/// <param name="LimitedBy">What held the pace back, for others to see.</param>
/// <param name="NextLower">Where to look for the next bound.</param>
/// <param name="NextRows">How many rows the next batch should have.</param>
internal sealed record BatchOrder(
    RangePosition Before, string[] Upper, bool IsLast, long Visited, long Changed, string LimitedBy, string[] NextLower, int NextRows)
{
    /// <summary>Rows that the batch was cut for; the range may hold fewer.</summary>
    internal int Rows { get; init; }

    /// <summary>What its commit waits for, as <c>synchronous_commit</c> says it.</summary>
    internal string Durability { get; init; } = "off";

    /// <summary>Whether a stripe's rows are named one by one.</summary>
    internal bool IsListed { get; init; }

    internal RowScope Scope =>
        (Before.Lower is null ? RowScope.FromStart : RowScope.Between)
        | (Before.IsStriped ? RowScope.Striped : RowScope.Between)
        | (IsListed ? RowScope.Listed : RowScope.Between);

    internal RangePosition After { get; } = Before.After(Upper);
}
