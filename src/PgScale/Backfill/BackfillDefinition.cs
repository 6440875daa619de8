namespace PgScale.Backfill;

/// <summary>What a backfill changes: a table, walked in the order of a key, and one of <see cref="Set"/>, <see cref="Statement"/> or <see cref="Work"/>.</summary>
/// <remarks>
/// SQL in a definition comes from the program's author and is sent as it is; never put a user's input into it. In <see cref="Set"/> and
/// <see cref="Where"/> the table has the alias <c>t</c>.
/// </remarks>
public sealed class BackfillDefinition
{
    /// <summary>Names the backfill and its table.</summary>
    /// <param name="name">The name under which the position is kept: 1 to 200 characters. Another change is another name.</param>
    /// <param name="table">The table as SQL writes it: <c>orders</c>, <c>sales."Orders"</c>.</param>
    /// <exception cref="ArgumentException">The name or the table is empty or too long.</exception>
    public BackfillDefinition(string name, string table)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentException.ThrowIfNullOrWhiteSpace(table);
        if (name.Length > 200)
        {
            throw new ArgumentException($"The name has {name.Length} characters; at most 200 are kept.", nameof(name));
        }

        (Name, Table) = (name, table);
    }

    /// <summary>The name under which the position is kept.</summary>
    public string Name { get; }

    /// <summary>The table as SQL writes it.</summary>
    public string Table { get; }

    /// <summary>
    /// The columns of the key, in order: together unique, never NULL, never changed, with an index that begins with them. Default: the
    /// primary key.
    /// </summary>
    public IReadOnlyList<string> Key { get; init; } = [];

    /// <summary>Columns to set, each with its SQL expression: <c>Set = { ["priority"] = "calculate_priority(t.id)" }</c>.</summary>
    public IDictionary<string, string> Set { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// The guard of <see cref="Set"/>: which rows still have to be changed, <c>t.priority IS NULL</c>. It is evaluated again under the row's
    /// lock, so that a concurrent writer's value stays. Null changes every row that existed at the start exactly once.
    /// </summary>
    public string? Where { get; init; }

    /// <summary>
    /// One whole UPDATE, DELETE or INSERT … SELECT with <c>{batch}</c> where the condition on the key belongs, or <c>{batch:o}</c> when the
    /// table has the alias <c>o</c>.
    /// </summary>
    public string? Statement { get; init; }

    /// <summary>Code that changes a batch of rows itself, in the batch's transaction.</summary>
    public BackfillWork? Work { get; init; }

    /// <summary>
    /// Whether the change finds nothing to do in rows that are done, so that a last sweep may look for rows that came late. Default null:
    /// true for <see cref="Set"/> with <see cref="Where"/>, false otherwise.
    /// </summary>
    public bool? IsRepeatable { get; init; }

    /// <summary>How far the last sweep of a repeatable change goes back. Default <see cref="BackfillSweep.Auto"/>.</summary>
    public BackfillSweep Sweep { get; init; }

    /// <summary>Parts of the rows that come first, in order; the rest follows. It needs a repeatable change. Default: none.</summary>
    public IReadOnlyList<BackfillStage> Stages { get; init; } = [];

    /// <summary>How batches are cut. Default <see cref="BackfillForm.Auto"/>.</summary>
    public BackfillForm Form { get; init; }

    /// <summary>Parts of the key's range that workers can take one by one. 1 to 1,000; default 1: one worker.</summary>
    public int Ranges { get; init; } = 1;

    /// <summary>Pace and limits of this backfill; what is null comes from <see cref="ControlledBackfillOptions.Pace"/>.</summary>
    public BackfillPace Pace { get; init; } = new();

    /// <summary>Costs that are known and accepted, so that they do not stop the start. Default none.</summary>
    public BackfillRisks Accepted { get; init; }

    internal bool Sweeps => Repeats && Sweep != BackfillSweep.None;

    internal bool Repeats => IsRepeatable ?? (Set.Count > 0 && Where is not null);
}
