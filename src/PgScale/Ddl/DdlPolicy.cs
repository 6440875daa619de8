namespace PgScale.Ddl;

/// <summary>What a team allows. Immutable: use <c>with</c>.</summary>
public sealed record DdlPolicy
{
    /// <summary>Whether tables may be created. Default true.</summary>
    public bool AllowNewTables { get; init; } = true;

    /// <summary>Whether tables, columns, types and other objects may be dropped. Default true; indexes and constraints may always be dropped.</summary>
    public bool AllowDestructiveChanges { get; init; } = true;

    /// <summary>
    /// The largest table, in bytes of its heap, on which a statement that scans or rewrites is run as written. 0 or more; default
    /// 32 KiB, a few hundred rows, so that what passes in a small development database is still stopped. Empty tables always pass.
    /// </summary>
    public long LargestPlainTable { get; init; } = 32 * 1024;

    /// <summary>Whether a renamed table keeps a view of its old name, so that programs that are running still find it. Default false.</summary>
    public bool RenameThroughView { get; init; }

    /// <summary>
    /// Whether a trigger computes a column that is written as <c>GENERATED ALWAYS AS (…) STORED</c>, so that it can be added to a large
    /// table: the column is a plain one then, which can be written to in vain. Default false, which refuses it.
    /// </summary>
    public bool GeneratedThroughTrigger { get; init; }

    /// <summary>
    /// When set, a table is dropped in two steps: it is renamed, and dropped after this time, so that whoever still uses it is seen while
    /// it can be renamed back. Positive; default null, which drops at once.
    /// </summary>
    public TimeSpan? DropGrace { get; init; }

    /// <summary>When schema changes may run; null (default) is always.</summary>
    public DdlHours? AllowedHours { get; init; }

    /// <summary>What to do about sessions that stand in the way of a lock. Default: wait, and say who.</summary>
    public DdlBlockerPolicy Blockers { get; init; } = new();

    /// <summary>Rules that do not hold, each with its reason. Default none.</summary>
    public IReadOnlyList<DdlOverride> Overrides { get; init; } = [];

    /// <summary>The policy of a team that has set nothing.</summary>
    public static DdlPolicy Default { get; } = new();

    internal DdlOverride? OverrideOf(DdlRule rule) =>
        Overrides.FirstOrDefault(one => string.Equals(one.Rule, rule.Id, StringComparison.OrdinalIgnoreCase));
}
