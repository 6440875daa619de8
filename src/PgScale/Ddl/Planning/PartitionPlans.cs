using PgScale.Ddl.Server;
using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Planning;

/// <summary>The safe ways for partitioned tables.</summary>
internal static class PartitionPlans
{
    /// <summary>An index on the parent alone, one on each leaf, built concurrently, and each attached to the one above.</summary>
    public static IEnumerable<DdlStep> Index(PlannedTable table, CreateIndex index)
    {
        var unique = index.Unique ? "UNIQUE " : "";
        var name = index.Name ?? table.Names.Choose(table.Name.Name, index.Keys, "idx");
        yield return Steps.Transaction(
            "The index of the parent alone is an entry in the catalog, not valid yet.", [new DdlLock(table.Sql, DdlLockMode.Share)],
            $"CREATE {unique}INDEX {SqlNames.Quote(name)} ON ONLY {table.Sql} {index.Definition}");
        Dictionary<uint, SqlName> above = new() { [table.Facts!.Oid] = table.Name.Beside(name) };
        foreach (RelationFacts child in table.Facts.Descendants)
        {
            PlannedTable part = table with { Name = child.Name, Facts = child };
            SqlName own = child.Name.Beside(table.Names.Choose(child.Name.Name, index.Keys, "idx"));
            above[child.Oid] = own;
            yield return child.Kind == 'p'
                ? Steps.Transaction(
                    "The index of the parent alone is an entry in the catalog, not valid yet.", [new DdlLock(part.Sql, DdlLockMode.Share)],
                    $"CREATE {unique}INDEX {SqlNames.Quote(own.Name)} ON ONLY {part.Sql} {index.Definition}")
                : part.Build(own.Name, index.Unique, index.Definition);
        }

        foreach (RelationFacts child in table.Facts.Descendants.Reverse())
        {
            SqlName parent = above[child.ParentOid];
            yield return Steps.Transaction(
                "The index above takes it over; when it has all, it is valid.", Attached(table, child, parent, above[child.Oid]),
                $"ALTER INDEX {parent} ATTACH PARTITION {above[child.Oid]}");
        }
    }

    /// <summary>ATTACH of a table whose rows have been proven to lie within the bound.</summary>
    public static IEnumerable<DdlStep> Attach(PlannedTable parent, PlannedTable child, AlterAction.AttachPartition attach, string condition, bool proveChild)
    {
        List<(PlannedTable Table, string Check)> checks = [];
        if (proveChild)
        {
            checks.Add((child, $"CHECK ({condition})"));
        }

        if (parent.Facts?.DefaultPartition is { } rest && !attach.IsDefault)
        {
            checks.Add((parent with { Name = rest.Name, Facts = rest }, $"CHECK (NOT ({condition}))"));
        }

        List<string> drops = [];
        foreach (var (table, check) in checks)
        {
            var name = table.Names.Temporary(table.Name.Name, "", "bound");
            yield return table.Alter("Holds for new rows at once; the old ones are not read.", $"ADD CONSTRAINT {SqlNames.Quote(name)} {check} NOT VALID");
            yield return table.Validate(name);
            drops.Add($"ALTER TABLE {table.Sql} DROP CONSTRAINT {SqlNames.Quote(name)}");
        }

        foreach (IndexFacts index in MissingIndexes(parent.Facts, child.Facts))
        {
            var name = child.Names.Choose(child.Name.Name, index.Keys.Select(key => key.Length > 0 ? key : null), index.Constraint is null ? "idx" : index.Primary ? "pkey" : "key");
            yield return child.Build(name, index.Unique, IndexText.Behind(index.Definition));
        }

        IEnumerable<DdlLock> locks = AttachLocks(parent, child);
        yield return Steps.Transaction("The checks prove the bounds, so no row is read.", locks, [$"ALTER TABLE {parent.Sql} ATTACH PARTITION {child.Sql} {attach.Bound}", .. drops]);
    }

    public static IEnumerable<DdlLock> AttachLocks(PlannedTable parent, PlannedTable child) =>
        child.Locked(DdlLockMode.AccessExclusive).Prepend(new DdlLock(parent.Sql, DdlLockMode.ShareUpdateExclusive))
            .Concat(parent.Facts?.DefaultPartition is { } rest ? [new DdlLock(rest.Name.ToString(), DdlLockMode.AccessExclusive)] : []);

    private static IEnumerable<IndexFacts> MissingIndexes(RelationFacts? parent, RelationFacts? child) =>
        (parent?.Indexes ?? []).Where(index => child is not null && !child.Indexes.Any(own => own.Valid && own.Unique == index.Unique
            && string.Equals(IndexText.Behind(own.Definition), IndexText.Behind(index.Definition), StringComparison.Ordinal)));

    private static IEnumerable<DdlLock> Attached(PlannedTable table, RelationFacts child, SqlName above, SqlName own) =>
    [
        new DdlLock(table.Facts!.Tree.First(one => one.Oid == child.ParentOid).Name.ToString(), DdlLockMode.AccessShare),
        new DdlLock(child.Name.ToString(), DdlLockMode.AccessShare),
        new DdlLock(above.ToString(), DdlLockMode.ShareUpdateExclusive),
        new DdlLock(own.ToString(), DdlLockMode.AccessExclusive),
    ];
}
