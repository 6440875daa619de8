namespace PgScale.Ddl;

/// <summary>An INVALID index that a failed concurrent build or rebuild has left: every write maintains it, and no query uses it.</summary>
/// <param name="Table">Its table, quoted where needed, with its schema.</param>
/// <param name="Index">The index, quoted where needed, with its schema.</param>
/// <param name="Bytes">Its size in bytes.</param>
public sealed record DdlLeftover(string Table, string Index, long Bytes);
