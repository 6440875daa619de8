using PgScale.Ddl.Server;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>The actions of ALTER TABLE that are neither columns nor constraints nor partitions, and the way to those.</summary>
internal static class ActionRules
{
    public static void Apply(AlterTable alter, AlterAction action, Ruling ruling)
    {
        switch (action)
        {
            case AlterAction.AddColumn add:
                ColumnRules.Add(alter, add, ruling);
                break;
            case AlterAction.DropColumn drop:
                ColumnRules.Drop(alter, drop, ruling);
                break;
            case AlterAction.ColumnType change:
                ColumnRules.ChangeType(alter, change, ruling);
                break;
            case AlterAction.SetNotNull set:
                ColumnRules.NotNull(alter, set, ruling);
                break;
            case AlterAction.AddConstraint add:
                ConstraintRules.Add(alter, add.Constraint, ruling);
                break;
            case AlterAction.ValidateConstraint validate:
                ConstraintRules.Validate(alter, validate, ruling);
                break;
            case AlterAction.DropConstraint drop:
                ConstraintRules.Drop(alter, drop, ruling);
                break;
            case AlterAction.AttachPartition or AlterAction.DetachPartition or AlterAction.AttachIndex:
                PartitionRules.Apply(alter, action, ruling);
                break;
            default:
                Others(alter, action, ruling);
                break;
        }
    }

    private static void Others(AlterTable alter, AlterAction action, Ruling ruling)
    {
        switch (action)
        {
            case AlterAction.Inherit inherit:
                ruling.Lock(alter.Table, DdlLockMode.AccessExclusive);
                ruling.Lock(inherit.Parent, inherit.Add ? DdlLockMode.ShareUpdateExclusive : DdlLockMode.AccessShare);
                break;
            case AlterAction.OwnedBy owned:
                ruling.Lock(alter.Table, DdlLockMode.ShareRowExclusive);
                ruling.Lock(owned.Table, DdlLockMode.AccessShare);
                break;
            case AlterAction.Copy copy:
                Copied(alter, copy, ruling);
                break;
            case AlterAction.Plain plain:
                ruling.Lock(alter.Table, plain.Mode);
                break;
        }
    }

    private static void Copied(AlterTable alter, AlterAction.Copy copy, Ruling ruling)
    {
        ruling.Lock(alter.Table, DdlLockMode.AccessExclusive);
        RelationFacts? relation = ruling.Facts.Relation(alter.Table);
        if (relation is not null && IsNothing(relation, copy))
        {
            return;
        }

        ruling.Rewrite(alter.Table);
        ruling.Scan(alter.Table);
        if (!ruling.IsSmall(alter.Table))
        {
            ruling.Refuse(DdlRules.Rewrite, $"{copy.Text} writes {ruling.Show(alter.Table)} anew under an ACCESS EXCLUSIVE lock.", alter.Table);
        }
    }

    // What is so already, or is an entry in the catalog of a relation without files.
    private static bool IsNothing(RelationFacts relation, AlterAction.Copy copy) => relation.IsPartitioned || copy.What switch
    {
        "LOGGED" => relation.Persistence == 'p',
        "UNLOGGED" => relation.Persistence == 'u',
        _ when copy.What.StartsWith("ACCESS METHOD ", StringComparison.Ordinal) => copy.What["ACCESS METHOD ".Length..] == relation.AccessMethod,
        _ => copy.What["TABLESPACE ".Length..] is var space && (space == relation.Tablespace || (space == "pg_default" && relation.Tablespace is null)),
    };
}
