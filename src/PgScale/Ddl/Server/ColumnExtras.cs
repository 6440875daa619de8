namespace PgScale.Ddl.Server;

/// <summary>What a column has beside its type, that a new column in its place has to be given.</summary>
/// <param name="User">An object that stands in the way of the column being dropped, or null.</param>
/// <param name="Restored">Statements that give the comments, rights, settings and statistics back once the new column has the old name.</param>
/// <param name="Identity">The sequence of an identity column, or null.</param>
internal sealed record ColumnExtras(string? User, IReadOnlyList<string> Restored, IdentityFacts? Identity);
