using PgScale.Ddl.Planning;
using PgScale.Ddl.Server;
using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>New tables and views.</summary>
internal static class NewRelationRules
{
    public static void Apply(DdlStatement statement, Ruling ruling)
    {
        switch (statement)
        {
            case CreateTable table:
                Table(table, ruling);
                break;
            case CreateTableAs copy:
                Reads(copy.Reads, ruling);
                if (copy.WithData)
                {
                    copy.Reads.ToList().ForEach(ruling.Scan);
                }

                Policy(copy.Command == "CREATE TABLE AS" && !copy.Temporary, copy.Relation, ruling);
                break;
            case CreateView view:
                Reads(view.Reads, ruling);
                if (view.OrReplace && (!ruling.Facts.FromServer || ruling.Facts.Relation(view.View) is not null))
                {
                    ruling.Lock(view.View, DdlLockMode.AccessExclusive);
                }

                break;
        }
    }

    private static void Reads(IEnumerable<SqlName> relations, Ruling ruling)
    {
        foreach (SqlName relation in relations)
        {
            ruling.Lock(relation, DdlLockMode.AccessShare);
        }
    }

    private static void Policy(bool isTable, SqlName name, Ruling ruling)
    {
        if (isTable && !ruling.Policy.AllowNewTables)
        {
            ruling.Refuse(DdlRules.NewTable, $"The policy forbids new tables, and {name} is one.", remedy: DdlRules.NewTable.SafeWay);
        }
    }

    private static void Table(CreateTable table, Ruling ruling)
    {
        Reads(table.Like, ruling);
        foreach (SqlName parent in table.Inherits)
        {
            ruling.Lock(parent, DdlLockMode.ShareUpdateExclusive);
        }

        foreach (SqlName other in StatementRelations.Of(table).Except(table.Like).Except(table.Inherits).Where(name => name != table.PartitionOf))
        {
            ruling.LockTree(other, DdlLockMode.ShareRowExclusive);
        }

        Policy(!table.Temporary && table.PartitionOf is null, table.Table, ruling);
        if (table.PartitionOf is { } partitioned)
        {
            Partition(table, partitioned, ruling);
        }
    }

    private static void Partition(CreateTable table, SqlName parent, Ruling ruling)
    {
        RelationFacts? facts = ruling.Facts.Relation(parent);
        ruling.Lock(parent, DdlLockMode.AccessExclusive);
        if (facts?.DefaultPartition is { } rest)
        {
            ruling.Lock(rest.Name.ToString(), DdlLockMode.AccessExclusive);
            ruling.Scan(rest.Name);
        }

        if (facts is { Kind: not 'p' })
        {
            ruling.Refuse(DdlRules.NotFound, $"{facts.Name} is not partitioned.", parent);
            return;
        }

        if (facts is null || !ruling.IsSmall(facts))
        {
            ruling.Replace(DdlRules.PartitionOf, $"PARTITION OF takes an ACCESS EXCLUSIVE lock on {ruling.Show(parent)}.", parent, () => ByItself(table, parent, ruling));
        }
    }

    private static IEnumerable<DdlStep> ByItself(CreateTable table, SqlName parent, Ruling ruling)
    {
        var show = ruling.Show(parent);
        var partitionBy = table.Tail.Length > 0 ? " " + table.Tail : "";
        yield return Steps.Transaction(
            "A table by itself disturbs no one.", [new DdlLock(show, DdlLockMode.AccessShare)],
            $"CREATE TABLE {(table.IfNotExists ? "IF NOT EXISTS " : "")}{table.Table} (LIKE {show} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING INDEXES INCLUDING STORAGE INCLUDING COMPRESSION){partitionBy}");
        AlterAction.AttachPartition attach = new("", table.Table, table.Bound, table.Bound.Equals("DEFAULT", StringComparison.OrdinalIgnoreCase));
        IEnumerable<DdlStep> steps = ruling.Facts.BoundCondition is { } condition && !attach.IsDefault
            ? PartitionPlans.Attach(ruling.Planned(parent), ruling.Planned(table.Table), attach, condition, proveChild: false)
            : [Steps.Transaction("The new partition is empty, so nothing is read.", PartitionPlans.AttachLocks(ruling.Planned(parent), ruling.Planned(table.Table)), $"ALTER TABLE {show} ATTACH PARTITION {table.Table} {table.Bound}")];
        foreach (DdlStep step in steps)
        {
            yield return step;
        }
    }
}
