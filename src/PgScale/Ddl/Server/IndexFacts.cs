using PgScale.Ddl.Text;

namespace PgScale.Ddl.Server;

/// <summary>What the catalog says about an index.</summary>
/// <param name="Name">Its name with the schema.</param>
/// <param name="Definition">As <c>pg_get_indexdef</c> writes it.</param>
/// <param name="Keys">The columns of its key; empty names stand for expressions.</param>
/// <param name="Uses">The numbers of all columns in it, those of expressions and condition included.</param>
internal sealed record IndexFacts(
    SqlName Name, string Definition, bool Unique, bool Primary, bool Valid, bool HasExpressions, bool HasCondition, string? Constraint, IReadOnlyList<string> Keys, IReadOnlyList<short> Uses);
