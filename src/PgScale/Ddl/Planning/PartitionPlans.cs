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

        foreach (DdlStep step in AttachIndexes(table, above))
        {
            yield return step;
        }
    }

    /// <summary>UNIQUE or PRIMARY KEY: the parent's alone, one on each leaf from a concurrent index, and each attached to the one above.</summary>
    public static IEnumerable<DdlStep> Key(PlannedTable table, Constraint constraint)
    {
        var primary = constraint.Kind == ConstraintKind.PrimaryKey;
        var label = primary ? "pkey" : "key";
        IEnumerable<string> parts = primary ? [] : constraint.Columns.Concat(constraint.Included);
        var name = constraint.Name ?? table.Names.Choose(table.Name.Name, parts, label);
        foreach (DdlStep step in ConstraintPlans.KeyNotNull(table, constraint))
        {
            yield return step;
        }

        yield return Alone(table, name, constraint);
        Dictionary<uint, SqlName> above = new() { [table.Facts!.Oid] = table.Name.Beside(name) };
        foreach (RelationFacts child in table.Facts.Descendants)
        {
            PlannedTable part = table with { Name = child.Name, Facts = child };
            SqlName own = child.Name.Beside(table.Names.Choose(child.Name.Name, parts, label));
            above[child.Oid] = own;
            foreach (DdlStep step in child.Kind == 'p' ? [Alone(part, own.Name, constraint)] : ConstraintPlans.Key(part, constraint with { Name = own.Name }, notNull: true))
            {
                yield return step;
            }
        }

        foreach (DdlStep step in AttachIndexes(table, above))
        {
            yield return step;
        }
    }

    /// <summary>A foreign key before PostgreSQL 18: each leaf's, not valid first; the parent's then finds and takes over what is proven.</summary>
    public static IEnumerable<DdlStep> ForeignKey(PlannedTable table, Constraint constraint, string references, string? column = null)
    {
        IReadOnlyList<string> columns = column is null ? constraint.Columns : [column];
        Constraint named = constraint with { Name = constraint.Name ?? table.Names.Choose(table.Name.Name, columns, "fkey") };
        foreach (RelationFacts leaf in table.Facts!.Descendants.Where(child => child.Kind != 'p'))
        {
            foreach (DdlStep step in ConstraintPlans.ForeignKey(table with { Name = leaf.Name, Facts = leaf }, named, references, column))
            {
                yield return step;
            }
        }

        yield return Steps.Transaction(
            "The keys of the partitions are proven, so no row is read.",
            table.Locked(DdlLockMode.ShareRowExclusive).Append(new DdlLock(references, DdlLockMode.ShareRowExclusive)),
            $"ALTER TABLE {table.Sql} ADD CONSTRAINT {SqlNames.Quote(named.Name)} {ConstraintPlans.KeyText(table, named, columns, column is not null)}");
    }

    private static DdlStep Alone(PlannedTable table, string name, Constraint constraint) => Steps.Transaction(
        "The constraint of the parent alone is an entry in the catalog, not valid yet.", [new DdlLock(table.Sql, DdlLockMode.AccessExclusive)],
        $"ALTER TABLE ONLY {table.Sql} ADD CONSTRAINT {SqlNames.Quote(name)} {constraint.Text}{ConstraintPlans.Deferral(constraint)}");

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

    private static IEnumerable<DdlStep> AttachIndexes(PlannedTable table, Dictionary<uint, SqlName> indexes) => table.Facts!.Descendants.Reverse().Select(child =>
        Steps.Transaction(
            "The index above takes it over; when it has all, it is valid.", Attached(table, child, indexes[child.ParentOid], indexes[child.Oid]),
            $"ALTER INDEX {indexes[child.ParentOid]} ATTACH PARTITION {indexes[child.Oid]}"));

    private static IEnumerable<DdlLock> Attached(PlannedTable table, RelationFacts child, SqlName above, SqlName own) =>
    [
        new DdlLock(table.Facts!.Tree.First(one => one.Oid == child.ParentOid).Name.ToString(), DdlLockMode.AccessShare),
        new DdlLock(child.Name.ToString(), DdlLockMode.AccessShare),
        new DdlLock(above.ToString(), DdlLockMode.ShareUpdateExclusive),
        new DdlLock(own.ToString(), DdlLockMode.AccessExclusive),
    ];
}
