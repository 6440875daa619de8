namespace PgScale.Backfill;

/// <summary>Rows that are changed before the others, with a pace of their own.</summary>
/// <param name="name">What progress and status call it.</param>
/// <param name="where">Which rows: an SQL condition on the table, whose alias is <c>t</c>.</param>
public sealed class BackfillStage(string name, string where)
{
    /// <summary>What progress and status call it.</summary>
    public string Name { get; } = name;

    /// <summary>Which rows.</summary>
    public string Where { get; } = where;

    /// <summary>Pace and limits while it lasts; what is null comes from the definition.</summary>
    public BackfillPace Pace { get; init; } = new();
}
