using PgScale.Ddl.Planning;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>ALTER TABLE: each action by itself; when one needs a plan, or a long one shares a strong lock, all get steps of their own.</summary>
internal static class AlterTableRules
{
    public static void Apply(AlterTable alter, Ruling ruling)
    {
        List<(AlterAction Action, Ruling Ruling)> parts = [.. alter.Actions.Select(action => (action, Judge(alter, action, ruling)))];
        foreach (var (_, part) in parts)
        {
            ruling.Absorb(part);
        }

        Widen(alter, ruling);
        var mixed = parts.Count > 1 && parts.Exists(part => part.Action is AlterAction.ValidateConstraint) && ruling.Locks.Any(taken => taken.Mode >= DdlLockMode.Share)
            && !ruling.IsSmall(alter.Table)
            && ruling.Meets(DdlRules.MixedStatement, $"VALIDATE reads {ruling.Show(alter.Table)} under the lock of the other actions.", alter.Table);
        if (ruling.Refusal is null && (mixed || parts.Exists(part => part.Ruling.Plan is not null)))
        {
            ruling.Replace(Split(alter, parts, ruling));
        }
    }

    private static Ruling Judge(AlterTable alter, AlterAction action, Ruling whole)
    {
        Ruling part = new(whole.Facts, whole.Policy) { Names = whole.Names };
        ActionRules.Apply(alter, action, part);
        return part;
    }

    // All actions share the strongest lock on the table itself.
    private static void Widen(AlterTable alter, Ruling ruling)
    {
        DdlLockMode? strongest = ruling.Locks.FirstOrDefault(taken => string.Equals(taken.Relation, ruling.Show(alter.Table), StringComparison.Ordinal))?.Mode;
        if (strongest is { } mode && alter is { Kind: RelationKind.Table, Only: false } && !alter.Actions.All(TouchesItAlone))
        {
            ruling.LockTree(alter.Table, mode);
        }
    }

    private static bool TouchesItAlone(AlterAction action) =>
        action is AlterAction.AttachPartition or AlterAction.DetachPartition or AlterAction.AttachIndex or AlterAction.Inherit or AlterAction.Copy or AlterAction.OwnedBy
        || action is AlterAction.AddConstraint { Constraint.Kind: ConstraintKind.Unique or ConstraintKind.PrimaryKey }
        || action is AlterAction.Plain plain && !plain.Text.StartsWith("ALTER", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<DdlStep> Split(AlterTable alter, List<(AlterAction Action, Ruling Ruling)> parts, Ruling ruling)
    {
        List<(AlterAction Action, Ruling Ruling)> waiting = [];
        foreach (var part in parts.OrderBy(part => Pass(part.Action)))
        {
            if (part.Ruling.Plan is null && part.Action is not AlterAction.ValidateConstraint)
            {
                waiting.Add(part);
                continue;
            }

            foreach (DdlStep step in Together(alter, waiting, ruling).Concat(part.Ruling.Plan ?? [Alone(alter, part.Action, part.Ruling, ruling)]))
            {
                yield return step;
            }

            waiting.Clear();
        }

        foreach (DdlStep step in Together(alter, waiting, ruling))
        {
            yield return step;
        }
    }

    // The order of the server's passes over the actions (tablecmds.c), which is not that of the text.
    private static int Pass(AlterAction action) => action switch
    {
        AlterAction.DropColumn or AlterAction.DropConstraint => 0,
        AlterAction.ColumnType => 1,
        AlterAction.AddColumn => 2,
        AlterAction.SetNotNull => 3,
        AlterAction.AddConstraint { Constraint.Kind: ConstraintKind.Unique or ConstraintKind.PrimaryKey } => 4,
        AlterAction.AddConstraint => 5,
        AlterAction.ValidateConstraint => 7,
        _ => 6,
    };

    private static IEnumerable<DdlStep> Together(AlterTable alter, List<(AlterAction Action, Ruling Ruling)> parts, Ruling ruling)
    {
        if (parts.Count > 0)
        {
            Ruling together = new(ruling.Facts, ruling.Policy);
            parts.ForEach(part => together.Absorb(part.Ruling));
            Widen(alter, together);
            yield return Steps.Transaction("Changes the catalog only.", together.Locks, $"{Head(alter, ruling)} {string.Join(", ", parts.Select(part => part.Action.Text))}");
        }
    }

    private static DdlStep Alone(AlterTable alter, AlterAction action, Ruling part, Ruling ruling) =>
        Steps.Validation("Reads every row while reads and writes pass.", part.Locks, ruling.Show(alter.Table), $"{Head(alter, ruling)} {action.Text}");

    private static string Head(AlterTable alter, Ruling ruling) => $"{alter.Command} {(alter.Only ? "ONLY " : "")}{ruling.Show(alter.Table)}";
}
