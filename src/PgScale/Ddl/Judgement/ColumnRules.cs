using PgScale.Ddl.Planning;
using PgScale.Ddl.Server;
using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>Columns that come, go and change.</summary>
internal static class ColumnRules
{
    public static void Add(AlterTable alter, AlterAction.AddColumn add, Ruling ruling)
    {
        ruling.LockTree(alter.Table, DdlLockMode.AccessExclusive);
        RelationFacts? table = ruling.Facts.Relation(alter.Table);
        if (add.IfNotExists && table?.Column(add.Column.Name) is not null)
        {
            return;
        }

        foreach (SqlName other in StatementRelations.References(add.Column.Constraints))
        {
            ruling.Lock(other, DdlLockMode.ShareRowExclusive);
        }

        if (ruling.Facts.Probe(add) is { Error: { } error })
        {
            ruling.Refuse(DdlRules.NotFound, $"The server would not add the column {add.Column.Name}: {error}.", alter.Table);
            return;
        }

        Effects(alter, add, ruling);
        if (!ruling.IsSmall(alter.Table))
        {
            Hazards(alter, add, ruling);
        }
    }

    public static void Drop(AlterTable alter, AlterAction.DropColumn drop, Ruling ruling)
    {
        ruling.LockTree(alter.Table, DdlLockMode.AccessExclusive);
        RelationFacts? table = ruling.Facts.Relation(alter.Table);
        var number = table?.Column(drop.Column)?.Number;
        LockPeers(table, number, ruling);
        if (table is not null && number is null && !drop.IfExists)
        {
            ruling.Refuse(DdlRules.NotFound, $"{ruling.Show(alter.Table)} has no column {drop.Column}.", alter.Table);
        }

        DropRules.Destructive(ruling, $"It drops the column {drop.Column} of {ruling.Show(alter.Table)}.", alter.Table);
        DropRules.Cascade(drop.Cascade, ruling, alter.Table);
    }

    public static void NotNull(AlterTable alter, AlterAction.SetNotNull set, Ruling ruling)
    {
        ruling.LockTree(alter.Table, DdlLockMode.AccessExclusive);
        RelationFacts? table = ruling.Facts.Relation(alter.Table);
        if (table is not null && table.Column(set.Column) is null)
        {
            ruling.Refuse(DdlRules.NotFound, $"{ruling.Show(alter.Table)} has no column {set.Column}.", alter.Table);
            return;
        }

        if (ruling.Facts.Probe(set) is { Scans: false } || table?.Column(set.Column) is { NotNull: true })
        {
            return;
        }

        ruling.Scan(alter.Table);
        if (!ruling.IsSmall(alter.Table))
        {
            ruling.Replace(
                DdlRules.SetNotNull, $"SET NOT NULL reads {ruling.Show(alter.Table)} under an ACCESS EXCLUSIVE lock.", alter.Table,
                () => ConstraintPlans.NotNull(ruling.Planned(alter.Table), set.Column));
        }
    }

    public static void ChangeType(AlterTable alter, AlterAction.ColumnType change, Ruling ruling)
    {
        ruling.LockTree(alter.Table, DdlLockMode.AccessExclusive);
        RelationFacts? table = ruling.Facts.Relation(alter.Table);
        ProbeResult? probe = ruling.Facts.Probe(change);
        if (probe is { Error: { } error })
        {
            ruling.Refuse(DdlRules.NotFound, $"The server would not change the type of {change.Column}: {error}.", alter.Table);
            return;
        }

        LockPeers(table, table?.Column(change.Column)?.Number, ruling);
        if (table is { ReferencedBy: var referring } && table.Column(change.Column) is { } changed && table.Indexes.Any(index => index is { Unique: true, Constraint: not null } && index.Uses.Contains(changed.Number)))
        {
            referring.ToList().ForEach(key => ruling.Lock(key.Table.ToString(), DdlLockMode.AccessExclusive));
        }

        if (ruling.Facts.Extras(change)?.Identity is { } identity)
        {
            ruling.Lock(identity.Sequence, DdlLockMode.ShareRowExclusive);
        }

        if (probe is null or { Rewrites: true })
        {
            ruling.Rewrite(alter.Table);
        }

        if (probe is null or { Rewrites: true } or { Scans: true })
        {
            ruling.Scan(alter.Table);
        }

        if (!ruling.IsSmall(alter.Table))
        {
            TypeHazard(alter, change, table, probe, ruling);
        }
    }

    // A foreign key of the column goes, or is made again, with the triggers that it has on the other table.
    private static void LockPeers(RelationFacts? table, short? column, Ruling ruling)
    {
        foreach (ConstraintFacts key in (table?.Constraints ?? []).Where(constraint => constraint.Kind == 'f' && column is { } own && constraint.Columns.Contains(own)))
        {
            ruling.Lock(key.References!.ToString(), DdlLockMode.AccessExclusive);
        }
    }

    private static void TypeHazard(AlterTable alter, AlterAction.ColumnType change, RelationFacts? table, ProbeResult? probe, Ruling ruling)
    {
        var show = ruling.Show(alter.Table);
        if (table is null || probe is null)
        {
            ruling.Replace(DdlRules.ColumnType, $"A change of type may write {show} anew; a server tells whether it does, and gives the steps.", alter.Table, () => []);
        }
        else if (probe.Rewrites || probe.Rebuilt.Count > 0)
        {
            DdlRule rule = probe.Rewrites ? DdlRules.ColumnType : DdlRules.ColumnTypeIndex;
            var message = probe.Rewrites ? $"The change of type writes {show} anew." : $"The change of type keeps the rows of {show} and builds {table.Indexes[probe.Rebuilt[0]].Name} anew.";
            ColumnExtras? extras = ruling.Facts.Extras(change);
            if (ColumnTypePlan.Obstacle(table, change, extras) is { } obstacle)
            {
                ruling.Refuse(rule, $"{message} There is no plan, because {obstacle}.", alter.Table);
            }
            else
            {
                ruling.Replace(rule, message, alter.Table, () => new ColumnTypePlan(ruling.Planned(alter.Table), change, extras!).Make());
            }
        }
        else if (probe.Scans)
        {
            ruling.Replace(
                DdlRules.ColumnTypeIndex, $"The change of type verifies the checks of {show} again.", alter.Table, () => CheckedAgain(ruling.Planned(alter.Table), change));
        }
    }

    private static IEnumerable<DdlStep> CheckedAgain(PlannedTable table, AlterAction.ColumnType change)
    {
        var number = table.Facts!.Column(change.Column)!.Number;
        List<ConstraintFacts> checks = [.. table.Facts.Constraints.Where(constraint => constraint is { Kind: 'c', Validated: true } && constraint.Columns.Contains(number))];
        yield return table.Alter(
            "The checks go and come back within one short transaction, so they hold for every new row.",
            [
                .. checks.Select(check => $"DROP CONSTRAINT {SqlNames.Quote(check.Name)}"),
                change.Text,
                .. checks.Select(check => $"ADD CONSTRAINT {SqlNames.Quote(check.Name)} {check.Definition} NOT VALID"),
            ]);
        foreach (ConstraintFacts check in checks)
        {
            yield return table.Validate(check.Name);
        }
    }

    private static bool IsVolatile(AlterAction.AddColumn add, Ruling ruling) =>
        add.Column.Find(ConstraintKind.Default)?.Expression is { } value && (ruling.Facts.Probe(add) is { Rewrites: false } ? false : !value.IsNull && !value.IsKnownStable);

    private static void Effects(AlterTable alter, AlterAction.AddColumn add, Ruling ruling)
    {
        ColumnDefinition column = add.Column;
        ProbeResult? probe = ruling.Facts.Probe(add);
        var rewrites = probe?.Rewrites ?? (IsVolatile(add, ruling) || column.Type.IsSerial || column.Has(ConstraintKind.Identity) || column.Has(ConstraintKind.Generated) || !column.Type.IsBuiltIn);
        var scans = probe?.Scans ?? false;
        if (rewrites)
        {
            ruling.Rewrite(alter.Table);
        }

        if (rewrites || scans || ReadsRows(column))
        {
            ruling.Scan(alter.Table);
        }
    }

    private static bool HasValue(ColumnDefinition column) => column.Find(ConstraintKind.Default)?.Expression is { IsNull: false };

    private static bool ReadsRows(ColumnDefinition column) =>
        column.Has(ConstraintKind.Check) || column.Has(ConstraintKind.Unique) || column.Has(ConstraintKind.PrimaryKey) || (column.Has(ConstraintKind.ForeignKey) && HasValue(column));

    private static void Hazards(AlterTable alter, AlterAction.AddColumn add, Ruling ruling)
    {
        ColumnDefinition column = add.Column;
        var show = ruling.Show(alter.Table);
        ProbeResult? probe = ruling.Facts.Probe(add);
        if (Impossible(column))
        {
            ruling.Refuse(DdlRules.NotFound, $"The column {column.Name} would be NULL in the rows that {show} has, and may not be.", alter.Table, "Give the column a default, or let it be NULL at first.");
            return;
        }

        DdlRule? rule = Rule(add, probe, ruling);
        if (rule is null)
        {
            return;
        }

        var message = $"ADD COLUMN {column.Name} {(rule == DdlRules.InlineConstraint ? "verifies its constraint on every row of" : "writes every row of")} {show} under an ACCESS EXCLUSIVE lock.";
        if (rule == DdlRules.DomainColumn || Unplannable(column, ruling.Facts.Relation(alter.Table), ruling.Policy))
        {
            ruling.Refuse(rule, message, alter.Table);
        }
        else
        {
            ruling.Replace(rule, message, alter.Table, () => AddColumnPlan.Make(ruling.Planned(alter.Table), add, IsVolatile(add, ruling), ruling.ShowTree));
        }
    }

    private static DdlRule? Rule(AlterAction.AddColumn add, ProbeResult? probe, Ruling ruling)
    {
        ColumnDefinition column = add.Column;
        return column.Has(ConstraintKind.Generated) ? probe is { Rewrites: false } ? null : DdlRules.StoredGenerated
            : column.Type.IsSerial || column.Has(ConstraintKind.Identity) ? DdlRules.SequenceColumn
            : IsVolatile(add, ruling) ? DdlRules.VolatileDefault
            : (probe?.Rewrites ?? !column.Type.IsBuiltIn) ? DdlRules.DomainColumn
            : ReadsRows(column) || probe is { Scans: true } ? DdlRules.InlineConstraint
            : null;
    }

    private static bool Impossible(ColumnDefinition column) =>
        (column.Has(ConstraintKind.NotNull) || column.Has(ConstraintKind.PrimaryKey)) && !HasValue(column)
        && !column.Type.IsSerial && !column.Has(ConstraintKind.Identity) && !column.Has(ConstraintKind.Generated);

    // A generated column has no steps that end in the same schema; a named or logged sequence of an identity cannot be the one that fills.
    private static bool Unplannable(ColumnDefinition column, RelationFacts? table, DdlPolicy policy) =>
        (column.Has(ConstraintKind.Generated) && !(policy.GeneratedThroughTrigger && table is not { Kind: not 'r' } and not { Descendants.Count: > 0 }
            && (table is null || MirrorTrigger.Name(column.Name, table.LastTrigger, "_generated") is not null)))
        || (column.Find(ConstraintKind.Identity)?.Text is { } identity && SqlLexer.Read(identity).Exists(token => token.IsWord("name") || token.IsWord("logged") || token.IsWord("unlogged") || token.IsWord("restart")));
}
