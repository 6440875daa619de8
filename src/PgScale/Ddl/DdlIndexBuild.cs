namespace PgScale.Ddl;

/// <summary>
/// The index that a concurrent step builds. When the step fails, the server leaves it INVALID: it has to be dropped, of that name
/// and on that table only, before the step is tried again.
/// </summary>
/// <param name="Table">The table as SQL writes it, with its schema where that is known.</param>
/// <param name="Index">The index's name without schema and quotes; it stands in the table's schema.</param>
public sealed record DdlIndexBuild(string Table, string Index);
