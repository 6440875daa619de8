namespace PgScale.Ddl;

/// <summary>
/// Rows to be filled by a step: <c>UPDATE table SET assignments WHERE remaining</c>, a few thousand rows at a time in the order of the
/// key. A delegate of the user may do it instead, for example with ControlledBackfill.
/// </summary>
/// <param name="Table">The table as SQL writes it.</param>
/// <param name="Key">The columns of a unique, never null key in its order, as SQL writes them; empty when the table has none, then the rows are taken by <c>ctid</c>.</param>
/// <param name="Assignments">What stands behind <c>SET</c>.</param>
/// <param name="Remaining">The condition that is true for rows that are still to be done; doing a row makes it false or leaves the row as it is.</param>
public sealed record DdlBackfill(string Table, IReadOnlyList<string> Key, string Assignments, string Remaining);
