using PgScale.Ddl.Planning;
using PgScale.Ddl.Server;
using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>Constraints of tables.</summary>
internal static class ConstraintRules
{
    public static void Add(AlterTable alter, Constraint constraint, Ruling ruling)
    {
        LockTables(alter, constraint, ruling);
        switch (constraint.Kind)
        {
            case ConstraintKind.Check:
                Check(alter, constraint, ruling);
                break;
            case ConstraintKind.ForeignKey:
                ForeignKey(alter, constraint, ruling);
                break;
            case ConstraintKind.Unique or ConstraintKind.PrimaryKey:
                Key(alter, constraint, ruling);
                break;
            case ConstraintKind.Exclusion:
                Exclusion(alter, ruling);
                break;
        }
    }

    // Before 18 the index of a partitioned table is built on the partitions while they are read, unless a primary key has to change their columns.
    private static void LockTables(AlterTable alter, Constraint constraint, Ruling ruling)
    {
        RelationFacts? table = ruling.Facts.Relation(alter.Table);
        if (constraint.Kind is ConstraintKind.Unique or ConstraintKind.PrimaryKey && table is { Kind: 'p' } && ruling.Facts.ServerVersion < 18
            && (constraint.Kind == ConstraintKind.Unique || constraint.Columns.All(column => table.Column(column) is { NotNull: true })))
        {
            ruling.LockTree(alter.Table, DdlLockMode.Share);
            ruling.Lock(alter.Table, DdlLockMode.AccessExclusive);
            return;
        }

        ruling.LockTree(alter.Table, constraint.Kind == ConstraintKind.ForeignKey ? DdlLockMode.ShareRowExclusive : DdlLockMode.AccessExclusive);
    }

    public static void Validate(AlterTable alter, AlterAction.ValidateConstraint validate, Ruling ruling)
    {
        ruling.LockTree(alter.Table, DdlLockMode.ShareUpdateExclusive);
        RelationFacts? table = ruling.Facts.Relation(alter.Table);
        ConstraintFacts? constraint = table?.Constraint(validate.Name);
        if (table is not null && constraint is null)
        {
            ruling.Refuse(DdlRules.NotFound, $"{ruling.Show(alter.Table)} has no constraint {validate.Name}.", alter.Table);
        }

        if (constraint is { Validated: true })
        {
            return;
        }

        ruling.Scan(alter.Table);
        if (constraint is { Kind: 'f', References: { } references })
        {
            ruling.Lock(references.ToString(), DdlLockMode.RowShare);
        }
    }

    public static void Drop(AlterTable alter, AlterAction.DropConstraint drop, Ruling ruling)
    {
        ruling.LockTree(alter.Table, DdlLockMode.AccessExclusive);
        RelationFacts? table = ruling.Facts.Relation(alter.Table);
        ConstraintFacts? constraint = table?.Constraint(drop.Name);
        if (table is not null && constraint is null && !drop.IfExists)
        {
            ruling.Refuse(DdlRules.NotFound, $"{ruling.Show(alter.Table)} has no constraint {drop.Name}.", alter.Table);
        }

        if (constraint is { Kind: 'f', References: { } references })
        {
            ruling.Lock(references.ToString(), DdlLockMode.AccessExclusive);
        }

        DropRules.Cascade(drop.Cascade, ruling, alter.Table);
    }

    private static void Check(AlterTable alter, Constraint constraint, Ruling ruling)
    {
        if (constraint.NotValid)
        {
            return;
        }

        ruling.Scan(alter.Table);
        if (!ruling.IsSmall(alter.Table))
        {
            ruling.Replace(
                DdlRules.AddCheck, $"ADD CHECK reads {ruling.Show(alter.Table)} under an ACCESS EXCLUSIVE lock.", alter.Table,
                () => ConstraintPlans.Check(ruling.Planned(alter.Table), constraint));
        }
    }

    private static void ForeignKey(AlterTable alter, Constraint constraint, Ruling ruling)
    {
        ruling.LockTree(constraint.References!, DdlLockMode.ShareRowExclusive);
        var partitioned = ruling.Facts.Relation(alter.Table) is { Kind: 'p' };
        if (constraint.NotValid)
        {
            return;
        }

        ruling.Scan(alter.Table);
        ruling.Scan(constraint.References!);
        if (ruling.IsSmall(alter.Table))
        {
            return;
        }

        var message = $"ADD FOREIGN KEY reads {ruling.Show(alter.Table)} while writes to it and to {ruling.Show(constraint.References!)} wait.";
        // Before PostgreSQL 18 a foreign key of a partitioned table cannot be NOT VALID.
        ruling.Replace(DdlRules.AddForeignKey, message, alter.Table, () => partitioned && ruling.Facts.ServerVersion < 18
            ? PartitionPlans.ForeignKey(ruling.Planned(alter.Table), constraint, ruling.ShowTree(constraint.References!))
            : ConstraintPlans.ForeignKey(ruling.Planned(alter.Table), constraint, ruling.ShowTree(constraint.References!)));
    }

    private static void Key(AlterTable alter, Constraint constraint, Ruling ruling)
    {
        if (constraint.UsingIndex is { } name)
        {
            FromIndex(alter, constraint, name, ruling);
            return;
        }

        ruling.Scan(alter.Table);
        if (ruling.IsSmall(alter.Table))
        {
            return;
        }

        var message = $"The index of the constraint is built on {ruling.Show(alter.Table)} under an ACCESS EXCLUSIVE lock.";
        ruling.Replace(DdlRules.AddUnique, message, alter.Table, () => ruling.Facts.Relation(alter.Table) is { Kind: 'p' }
            ? PartitionPlans.Key(ruling.Planned(alter.Table), constraint)
            : ConstraintPlans.Key(ruling.Planned(alter.Table), constraint));
    }

    // A primary key from an index still makes its columns NOT NULL, which reads the table.
    private static void FromIndex(AlterTable alter, Constraint constraint, string name, Ruling ruling)
    {
        RelationFacts? table = ruling.Facts.Relation(alter.Table);
        IndexFacts? index = table?.Indexes.FirstOrDefault(one => string.Equals(one.Name.Name, name, StringComparison.Ordinal));
        if (table is not null && index is null or { Valid: false })
        {
            ruling.Refuse(DdlRules.NotFound, $"{ruling.Show(alter.Table)} has no valid index {name}.", alter.Table);
            return;
        }

        List<string> nullable = [.. (index?.Keys ?? []).Where(key => table!.Column(key) is { NotNull: false })];
        if (constraint.Kind != ConstraintKind.PrimaryKey || (table is not null && (nullable.Count == 0 || ruling.IsSmall(alter.Table))))
        {
            return;
        }

        ruling.Scan(alter.Table);
        ruling.Replace(
            DdlRules.SetNotNull, $"The primary key makes its columns NOT NULL, which reads {ruling.Show(alter.Table)} under an ACCESS EXCLUSIVE lock.", alter.Table,
            () => nullable.SelectMany(column => ConstraintPlans.NotNull(ruling.Planned(alter.Table), column)).Append(ruling.Planned(alter.Table).Alter(
                "The index becomes the constraint's; no row is read.",
                $"ADD {(constraint.Name is null ? "" : $"CONSTRAINT {SqlNames.Quote(constraint.Name)} ")}PRIMARY KEY USING INDEX {SqlNames.Quote(name)} {constraint.DeferralWords}".TrimEnd())));
    }

    private static void Exclusion(AlterTable alter, Ruling ruling)
    {
        ruling.Scan(alter.Table);
        if (!ruling.IsSmall(alter.Table))
        {
            ruling.Refuse(DdlRules.AddExclusion, $"The index of the constraint is built on {ruling.Show(alter.Table)} under an ACCESS EXCLUSIVE lock.", alter.Table);
        }
    }
}
