using System.Collections.Immutable;

namespace PgScale.Backfill.Ledger;

/// <summary>The row of a backfill in <c>pgscale.backfill</c>.</summary>
/// <param name="Definition">What tells this definition from another one under the same name.</param>
/// <param name="RowsEstimated">Rows of the table at the start, by its statistics.</param>
/// <param name="Stages">The stages' names.</param>
internal sealed record LedgerEntry(string Definition, long RowsEstimated, ImmutableArray<string> Stages)
{
    internal BackfillState State { get; init; }

    internal string Reason { get; init; } = "";

    internal string? Pace { get; init; }

    internal int Version { get; init; }

    internal DateTimeOffset StartedAt { get; init; }

    internal DateTimeOffset? EndedAt { get; init; }
}
