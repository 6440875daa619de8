namespace PgScale.Backfill;

/// <summary>How a process takes part in a backfill.</summary>
public sealed record BackfillRunOptions
{
    internal static readonly BackfillRunOptions Default = new();

    /// <summary>Workers of this process, each with a connection of its own; more than <see cref="BackfillDefinition.Ranges"/> are idle. 1 to 64; default 1.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>
    /// What to do when another process runs it already: true shares its ranges, and stands by while all are taken; false refuses. Default false.
    /// </summary>
    public bool Joins { get; init; }
}
