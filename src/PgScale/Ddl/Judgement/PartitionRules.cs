using PgScale.Ddl.Planning;
using PgScale.Ddl.Server;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>Partitions that come and go.</summary>
internal static class PartitionRules
{
    public static void Apply(AlterTable alter, AlterAction action, Ruling ruling)
    {
        switch (action)
        {
            case AlterAction.AttachPartition attach:
                Attach(alter, attach, ruling);
                break;
            case AlterAction.DetachPartition detach:
                Detach(alter, detach, ruling);
                break;
            case AlterAction.AttachIndex attach:
                ruling.Lock(alter.Table, DdlLockMode.ShareUpdateExclusive);
                ruling.Lock(attach.Index, DdlLockMode.AccessExclusive);
                Owner(alter.Table, ruling);
                Owner(attach.Index, ruling);
                break;
        }
    }

    private static void Owner(Text.SqlName index, Ruling ruling)
    {
        if (ruling.Facts.Relation(index)?.IndexedTable is { } table)
        {
            ruling.Lock(table.Name.ToString(), DdlLockMode.AccessShare);
        }
    }

    private static void Attach(AlterTable alter, AlterAction.AttachPartition attach, Ruling ruling)
    {
        RelationFacts? parent = ruling.Facts.Relation(alter.Table);
        RelationFacts? child = ruling.Facts.Relation(attach.Partition);
        foreach (DdlLock taken in PartitionPlans.AttachLocks(ruling.Planned(alter.Table), ruling.Planned(attach.Partition)))
        {
            ruling.Lock(taken.Relation, taken.Mode);
        }

        ProbeResult? probe = ruling.Facts.Probe(attach);
        if (probe is { Error: { } error })
        {
            ruling.Refuse(DdlRules.NotFound, $"The server would not attach {attach.Partition}: {error}.", attach.Partition);
            return;
        }

        // A bound that is not proven, a foreign key that the child lacks, an index that it lacks.
        var readsChild = (probe?.Scans ?? true) || PartitionPlans.MissingKeys(parent, child).Any() || PartitionPlans.MissingIndexes(parent, child).Any();
        var readsDefault = probe?.Rebuilt.Count > 0;
        if (readsChild)
        {
            ruling.Scan(attach.Partition);
        }

        if (readsDefault)
        {
            ruling.Scan(parent!.DefaultPartition!.Name);
        }

        var harms = (readsChild && !ruling.IsSmall(attach.Partition)) || (readsDefault && !ruling.IsSmall(parent!.DefaultPartition!));
        if (harms)
        {
            AttachHazard(alter, attach, parent, child, probe?.Scans ?? true, ruling);
        }
    }

    private static void AttachHazard(AlterTable alter, AlterAction.AttachPartition attach, RelationFacts? parent, RelationFacts? child, bool readsChild, Ruling ruling)
    {
        var message = $"ATTACH reads {ruling.Show(attach.Partition)}{(parent?.DefaultPartition is { } rest ? $" or {rest.Name}" : "")} under an ACCESS EXCLUSIVE lock.";
        if (parent is not null && (ruling.Facts.BoundCondition is null || parent.PartitionKey.StartsWith("HASH", StringComparison.OrdinalIgnoreCase)))
        {
            ruling.Refuse(DdlRules.AttachPartition, message, attach.Partition, "Attach hash and default partitions while they are empty.");
            return;
        }

        ruling.Replace(
            DdlRules.AttachPartition, message, attach.Partition,
            () => parent is null || child is null
                ? []
                : PartitionPlans.Attach(ruling.Planned(alter.Table), ruling.Planned(attach.Partition), attach, ruling.Facts.BoundCondition!, readsChild));
    }

    // DETACH CONCURRENTLY leaves the bound behind as a CHECK, which DETACH does not.
    private static IEnumerable<DdlStep> WithoutCheck(RelationFacts? parent, AlterAction.DetachPartition detach, Ruling ruling)
    {
        if (parent is null || ruling.Facts.Relation(detach.Partition) is null)
        {
            return [];
        }

        string[] keys = parent.PartitionKey[(parent.PartitionKey.IndexOf('(', StringComparison.Ordinal) + 1)..^1].Split(", ");
        var column = keys.Length == 1 && parent.Columns.FirstOrDefault(one => string.Equals(one.Name, keys[0].Trim('"'), StringComparison.Ordinal)) is { } only ? only.Name : null;
        PlannedTable partition = ruling.Planned(detach.Partition);
        var check = ruling.Names.Choose(partition.Name.Name, column is null ? [] : [column], "check");
        return [partition.Alter("Removes the copy of the bound that the server leaves on the table.", $"DROP CONSTRAINT IF EXISTS {Text.SqlNames.Quote(check)}")];
    }

    private static void Detach(AlterTable alter, AlterAction.DetachPartition detach, Ruling ruling)
    {
        RelationFacts? parent = ruling.Facts.Relation(alter.Table);
        if (detach.Concurrently || detach.Finalize)
        {
            ruling.Lock(alter.Table, DdlLockMode.ShareUpdateExclusive);
            ruling.Lock(detach.Partition, DdlLockMode.AccessExclusive);
            if (parent?.DefaultPartition is not null && detach.Concurrently)
            {
                ruling.Refuse(DdlRules.DetachPartition, $"{ruling.Show(alter.Table)} has a default partition, so nothing can be detached concurrently.", alter.Table, "Detach without CONCURRENTLY: it changes the catalog only.");
            }

            return;
        }

        ruling.Lock(alter.Table, DdlLockMode.AccessExclusive);
        ruling.LockTree(detach.Partition, DdlLockMode.AccessExclusive);
        if (parent?.DefaultPartition is { } rest)
        {
            ruling.Lock(rest.Name.ToString(), DdlLockMode.AccessExclusive);
        }
        else
        {
            ruling.Replace(
                DdlRules.DetachPartition, $"DETACH stops every query on {ruling.Show(alter.Table)} until it has its lock.", alter.Table,
                () =>
                [
                    Steps.Outside(
                    "Reads and writes of the parent pass.",
                    [new DdlLock(ruling.Show(alter.Table), DdlLockMode.ShareUpdateExclusive), new DdlLock(ruling.Show(detach.Partition), DdlLockMode.AccessExclusive)],
                    $"ALTER TABLE {ruling.Show(alter.Table)} DETACH PARTITION {ruling.Show(detach.Partition)} CONCURRENTLY") with { DoneWhen = Done.Detached(ruling.Show(detach.Partition)) },
                    .. WithoutCheck(parent, detach, ruling),
                ]);
        }
    }
}
