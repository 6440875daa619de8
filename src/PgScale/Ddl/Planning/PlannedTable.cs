using PgScale.Ddl.Server;
using PgScale.Ddl.Text;

namespace PgScale.Ddl.Planning;

/// <summary>The table that a plan is for, under the name that the plan uses, with what is known of it.</summary>
internal sealed record PlannedTable(SqlName Name, RelationFacts? Facts, NewNames Names, int ServerVersion)
{
    /// <summary>As SQL writes it.</summary>
    public string Sql => Name.ToString();

    /// <summary>One mode on the table and all its descendants.</summary>
    public IEnumerable<DdlLock> Locked(DdlLockMode mode) => Facts is null ? [new DdlLock(Sql, mode)] : Facts.Tree.Select(one => new DdlLock(one.Name.ToString(), mode));

    public DdlStep Alter(string why, params IReadOnlyList<string> actions) => Steps.Transaction(
        why, Locked(DdlLockMode.AccessExclusive), [.. actions.Select(action => $"ALTER TABLE {Sql} {action}")]);

    public DdlStep Validate(string constraint, IEnumerable<DdlLock>? others = null) => Steps.Validation(
        "Reads every row while reads and writes pass.", Locked(DdlLockMode.ShareUpdateExclusive).Concat(others ?? []), Sql,
        $"ALTER TABLE {Sql} VALIDATE CONSTRAINT {SqlNames.Quote(constraint)}");

    /// <summary>A query that is true when a valid index of the name stands on the table.</summary>
    public string IsBuilt(string index) =>
        $"SELECT EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid "
        + $"WHERE i.indrelid = pg_catalog.to_regclass({SqlNames.Literal(Sql)}) AND c.relname = {SqlNames.Literal(index)} AND i.indisvalid)";

    public DdlStep Build(string index, bool unique, string definition) => Steps.Build(
        "Builds the index while reads and writes pass.", Sql, index,
        $"CREATE {(unique ? "UNIQUE " : "")}INDEX CONCURRENTLY {SqlNames.Quote(index)} ON {Sql} {definition}", IsBuilt(index));

    public string Columns(IEnumerable<string> columns) => $"({string.Join(", ", columns.Select(SqlNames.Quote))})";

    /// <summary>The key by which rows are filled, quoted.</summary>
    public IReadOnlyList<string> Key => [.. (Facts?.Key ?? []).Select(SqlNames.Quote)];
}
