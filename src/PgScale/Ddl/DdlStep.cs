namespace PgScale.Ddl;

/// <summary>One step of a plan. Steps run one after the other and are each complete when they end: a plan may stop between any two.</summary>
public sealed record DdlStep
{
    /// <summary>How the step has to be run.</summary>
    public required DdlStepKind Kind { get; init; }

    /// <summary>The statements, to be run together in one transaction; exactly one for <see cref="DdlStepKind.OutsideTransaction"/>, none for a backfill.</summary>
    public required IReadOnlyList<string> Statements { get; init; }

    /// <summary>What the step is for and why it is safe, in one sentence.</summary>
    public required string Why { get; init; }

    /// <summary>The strongest lock on each relation; what the step takes must be here, else it is rolled back.</summary>
    public IReadOnlyList<DdlLock> Locks { get; init; } = [];

    /// <summary>Relations that get new files (a rewrite of a table, a new build of an index).</summary>
    public IReadOnlyList<string> Rewrites { get; init; } = [];

    /// <summary>Relations that are read in whole.</summary>
    public IReadOnlyList<string> Scans { get; init; } = [];

    /// <summary>The rows to fill; set for <see cref="DdlStepKind.Backfill"/> only.</summary>
    public DdlBackfill? Backfill { get; init; }

    /// <summary>The index that the step builds; set for concurrent builds only.</summary>
    public DdlIndexBuild? Index { get; init; }

    /// <summary>
    /// A query of one boolean that says whether the step has been done already; null when only the history knows, because the step and
    /// its record commit together.
    /// </summary>
    public string? DoneWhen { get; init; }

    /// <summary>The least time between the end of the step before and the start of this one. Default zero.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>The statements, each ended by a semicolon.</summary>
    public string Sql => Backfill is { } fill
        ? $"UPDATE {fill.Table} SET {fill.Assignments} WHERE {fill.Remaining}; -- in batches"
        : string.Join('\n', Statements.Select(statement => statement + ";"));
}
