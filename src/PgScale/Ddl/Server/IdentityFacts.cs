using PgScale.Ddl.Text;

namespace PgScale.Ddl.Server;

/// <summary>The sequence of an identity column.</summary>
/// <param name="Sequence">The sequence.</param>
/// <param name="Always"><c>GENERATED ALWAYS</c>, in place of <c>BY DEFAULT</c>.</param>
/// <param name="Options">Its options as SQL writes them; limits that came from the type are left out.</param>
internal sealed record IdentityFacts(SqlName Sequence, bool Always, string Options);
