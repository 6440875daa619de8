using PgScale.Ddl.Text;

namespace PgScale.Ddl.Server;

/// <summary>What the catalog says about a constraint.</summary>
internal sealed record ConstraintFacts(
    string Name, char Kind, bool Validated, string Definition, IReadOnlyList<short> Columns, SqlName Table, SqlName? References, uint TableOid, uint ReferencesOid,
    IReadOnlyList<short> ReferencedColumns, char TableKind, char ReferencesKind);
