using System.Globalization;
using PgScale.Ddl.Server;
using PgScale.Ddl.Text;

namespace PgScale.Ddl.Planning;

/// <summary>Queries that say whether a step outside of a transaction has been done, asked when a run that had begun it is gone on with.</summary>
internal static class Done
{
    /// <summary>A relation is gone.</summary>
    public static string Gone(string relation) => $"SELECT pg_catalog.to_regclass({SqlNames.Literal(relation)}) IS NULL";

    /// <summary>A partition is one no more; one that waits for FINALIZE still is.</summary>
    public static string Detached(string partition) =>
        $"SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhrelid = pg_catalog.to_regclass({SqlNames.Literal(partition)}))";

    /// <summary>An index, or all indexes of a table, are other ones than before; null when the old ones are not known.</summary>
    public static string? Rebuilt(RelationFacts? relation)
    {
        IEnumerable<uint> old = relation is null ? [] : relation.Kind is 'i' ? [relation.Oid] : relation.Indexes.Select(index => index.Oid);
        var list = string.Join(", ", old.Select(oid => oid.ToString(CultureInfo.InvariantCulture)));
        return list.Length == 0 ? null : $"SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid IN ({list}))";
    }
}
