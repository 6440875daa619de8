using PgScale.Backfill.Ledger;

namespace PgScale.Backfill.Running;

/// <summary>What came of a batch that was committed.</summary>
/// <param name="Changed">Rows changed.</param>
/// <param name="NextUpper">The next bound; null when fewer rows are left than were asked for.</param>
/// <param name="Control">What is wanted of the backfill now.</param>
internal readonly record struct BatchOutcome(long Changed, string[]? NextUpper, RunControl Control)
{
    /// <summary>Row versions that this transaction wrote, and how many of them found room on the page of the old version.</summary>
    internal (long Updated, long Hot) Versions { get; init; }
}
