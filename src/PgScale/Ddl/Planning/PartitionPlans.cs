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
    public static IEnumerable<DdlStep> ForeignKey(PlannedTable table, Constraint constraint, IReadOnlyList<string> references, string? column = null)
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
            "The keys of the partitions are proven, so no row is read; their triggers make way for those of the parent.",
            table.Locked(DdlLockMode.AccessExclusive).Concat(references.Select(other => new DdlLock(other, DdlLockMode.AccessExclusive))),
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

        foreach (DdlStep step in Indexes(parent, child).Concat(Keys(parent, child)))
        {
            yield return step;
        }

        IEnumerable<DdlLock> locks = AttachLocks(parent, child);
        yield return Steps.Transaction("The checks prove the bounds, so no row is read.", locks, [$"ALTER TABLE {parent.Sql} ATTACH PARTITION {child.Sql} {attach.Bound}", .. drops]);
    }

    public static IEnumerable<DdlLock> AttachLocks(PlannedTable parent, PlannedTable child) =>
        child.Locked(DdlLockMode.AccessExclusive).Prepend(new DdlLock(parent.Sql, DdlLockMode.ShareUpdateExclusive))
            .Concat(parent.Facts?.DefaultPartition is { } rest ? [new DdlLock(rest.Name.ToString(), DdlLockMode.AccessExclusive)] : [])
            .Concat(Peers(parent.Facts).Select(peer => new DdlLock(peer.ToString(), DdlLockMode.ShareRowExclusive)));

    // The foreign keys of the parent, and those that refer to it, hold for the new partition too.
    private static IEnumerable<SqlName> Peers(RelationFacts? parent) => parent is null ? [] :
        parent.Constraints.Where(key => key.References is not null).Select(key => key.References!).Concat(parent.ReferencedBy.Select(key => key.Table)).Distinct();

    /// <summary>Indexes of the parent that the table has no equal of; ATTACH would build them. One of a constraint needs a constraint.</summary>
    public static IEnumerable<IndexFacts> MissingIndexes(RelationFacts? parent, RelationFacts? child) =>
        (parent?.Indexes ?? []).Where(index => child is not null && !child.Indexes.Any(own => own.Valid && own.Unique == index.Unique
            && (index.Constraint is null || own.Constraint is not null) && string.Equals(IndexText.Behind(own.Definition), IndexText.Behind(index.Definition), StringComparison.Ordinal)));

    /// <summary>Foreign keys of the parent that the table has no equal of; ATTACH would verify every row.</summary>
    public static IEnumerable<ConstraintFacts> MissingKeys(RelationFacts? parent, RelationFacts? child) =>
        (parent?.Constraints ?? []).Where(key => key.Kind == 'f' && child is not null
            && !child.Constraints.Any(own => own is { Kind: 'f', Validated: true } && string.Equals(own.Definition, key.Definition, StringComparison.Ordinal)));

    private static IEnumerable<DdlStep> Indexes(PlannedTable parent, PlannedTable child)
    {
        foreach (IndexFacts index in MissingIndexes(parent.Facts, child.Facts))
        {
            var label = index.Constraint is null ? "idx" : index.Primary ? "pkey" : "key";
            var name = child.Names.Choose(child.Name.Name, index.Primary ? [] : index.Keys.Select(key => key.Length > 0 ? key : null), label);
            yield return child.Build(name, index.Unique, IndexText.Behind(index.Definition));
            if (index.Constraint is not null)
            {
                yield return child.Alter(
                    "The index becomes the constraint's; no row is read.",
                    $"ADD CONSTRAINT {SqlNames.Quote(name)} {(index.Primary ? "PRIMARY KEY" : "UNIQUE")} USING INDEX {SqlNames.Quote(name)}");
            }
        }
    }

    private static IEnumerable<DdlStep> Keys(PlannedTable parent, PlannedTable child)
    {
        foreach (ConstraintFacts key in MissingKeys(parent.Facts, child.Facts))
        {
            DdlLock other = new(key.References!.ToString(), DdlLockMode.ShareRowExclusive);
            yield return Steps.Transaction(
                "Holds for new rows at once; the old ones are not read.", child.Locked(DdlLockMode.ShareRowExclusive).Append(other),
                $"ALTER TABLE {child.Sql} ADD CONSTRAINT {SqlNames.Quote(key.Name)} {key.Definition} NOT VALID");
            yield return child.Validate(key.Name, [other with { Mode = DdlLockMode.RowShare }]);
        }
    }

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
