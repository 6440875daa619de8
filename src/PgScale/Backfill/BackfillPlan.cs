using System.Collections.Immutable;

namespace PgScale.Backfill;

/// <summary>What a backfill would do, with nothing changed: the answer of <see cref="ControlledBackfill.PlanAsync"/>.</summary>
public sealed record BackfillPlan
{
    /// <summary>The backfill.</summary>
    public required string Name { get; init; }

    /// <summary>The table with its schema, quoted.</summary>
    public required string Table { get; init; }

    /// <summary>The columns of the key.</summary>
    public ImmutableArray<string> Key { get; init; } = [];

    /// <summary>The index that batches walk.</summary>
    public string KeyIndex { get; init; } = "";

    /// <summary>The form that was chosen.</summary>
    public BackfillForm Form { get; init; }

    /// <summary>Passes over each stretch; 1 for plain ranges.</summary>
    public int Stripes { get; init; } = 1;

    /// <summary>Why that form.</summary>
    public string FormReason { get; init; } = "";

    /// <summary>The stages in their order; one empty name when there are none.</summary>
    public ImmutableArray<string> Stages { get; init; } = [];

    /// <summary>The statement of a batch; empty when code changes the rows.</summary>
    public string Statement { get; init; } = "";

    /// <summary>The server's plan for a batch, as JSON; empty for a table smaller than a batch.</summary>
    public string ServerPlan { get; init; } = "";

    /// <summary>Rows of the table by its statistics.</summary>
    public long RowsEstimated { get; init; }

    /// <summary>Time that it would take at full speed, from a batch that was run and rolled back; null for code, and when the table is empty.</summary>
    public TimeSpan? DurationEstimated { get; init; }

    /// <summary>A few rows before and after; empty for statements and code.</summary>
    public ImmutableArray<BackfillSample> Samples { get; init; } = [];

    /// <summary>What speaks against it or is good to know.</summary>
    public ImmutableArray<BackfillFinding> Findings { get; init; } = [];

    /// <summary>Whether a run would be refused.</summary>
    public bool IsRefused => Findings.Any(static finding => finding.IsRefusal);
}
