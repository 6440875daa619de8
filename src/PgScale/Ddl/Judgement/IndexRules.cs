using PgScale.Ddl.Planning;
using PgScale.Ddl.Server;
using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>New and rebuilt indexes.</summary>
internal static class IndexRules
{
    public static void Create(CreateIndex index, Ruling ruling)
    {
        RelationFacts? table = ruling.Facts.Relation(index.Table);
        ruling.Lock(index.Table, index.Concurrently ? DdlLockMode.ShareUpdateExclusive : DdlLockMode.Share);
        if (table is { Kind: 'p' })
        {
            Partitioned(index, table, ruling);
            return;
        }

        if (index.IfNotExists && Existing(index, table, ruling))
        {
            return;
        }

        ruling.Scan(index.Table);
        if (!index.Concurrently && !ruling.IsSmall(index.Table))
        {
            ruling.Replace(DdlRules.CreateIndex, $"CREATE INDEX reads {ruling.Show(index.Table)} while writes wait.", index.Table, () => [Build(index, ruling)]);
        }
    }

    public static void Rebuild(Reindex reindex, Ruling ruling)
    {
        if (reindex.Relation is not { } relation)
        {
            ruling.Refuse(DdlRules.Reindex, $"REINDEX {reindex.What.ToUpperInvariant()} locks every table of it, and catalogs.", null, "REINDEX the indexes that need it CONCURRENTLY, one by one.");
            return;
        }

        RelationFacts? facts = ruling.Facts.Relation(relation);
        SqlName table = facts?.IndexedTable?.Name ?? relation;
        ruling.Lock(table, reindex.Concurrently ? DdlLockMode.ShareUpdateExclusive : DdlLockMode.Share);
        if (reindex.What == "index")
        {
            ruling.Lock(relation, reindex.Concurrently ? DdlLockMode.ShareUpdateExclusive : DdlLockMode.AccessExclusive);
        }

        IEnumerable<string> rebuilt = reindex.What == "index" ? [ruling.Show(relation)] : (facts?.Indexes ?? []).Select(index => index.Name.ToString());
        rebuilt.ToList().ForEach(ruling.Rewrite);
        ruling.Scan(table.ToString());
        var small = facts?.IndexedTable is { } owner ? ruling.IsSmall(owner) : ruling.IsSmall(relation);
        if (!reindex.Concurrently && !small)
        {
            ruling.Replace(DdlRules.Reindex, $"REINDEX stops writes to {table}, and every query whose plan considers the index.", relation, () => [Steps.Outside(
                "Builds the new index beside the old one while reads and writes pass.", [new DdlLock(table.ToString(), DdlLockMode.ShareUpdateExclusive)],
                $"REINDEX {reindex.What.ToUpperInvariant()} CONCURRENTLY {ruling.Show(relation)}") with { Scans = [table.ToString()], Rewrites = [.. rebuilt], DoneWhen = Done.Rebuilt(facts) }]);
        }
    }

    private static DdlStep Build(CreateIndex index, Ruling ruling)
    {
        PlannedTable table = ruling.Planned(index.Table);
        return table.Build(index.Name ?? ruling.Names.Choose(table.Name.Name, index.Keys, "idx"), index.Unique, index.Definition);
    }

    // A table has no index of the name: the name may be one of another table, which IF NOT EXISTS accepts as well.
    private static bool Existing(CreateIndex index, RelationFacts? table, Ruling ruling)
    {
        IndexFacts? existing = table?.Indexes.FirstOrDefault(one => string.Equals(one.Name.Name, index.Name, StringComparison.Ordinal));
        if (existing is { Valid: false })
        {
            ruling.Scan(index.Table);
            ruling.Replace(DdlRules.InvalidIndex, $"{existing.Name} is INVALID, and IF NOT EXISTS would keep it.", index.Table, () =>
            [
                Steps.Outside("Removes what a build that failed has left.", [new DdlLock(ruling.Show(index.Table), DdlLockMode.ShareUpdateExclusive)], $"DROP INDEX CONCURRENTLY IF EXISTS {existing.Name}") with { DoneWhen = Done.Gone(existing.Name.ToString()) },
                Build(index, ruling),
            ]);
            return true;
        }

        return existing is not null;
    }

    private static void Partitioned(CreateIndex index, RelationFacts table, Ruling ruling)
    {
        if (index.Only && !index.Concurrently)
        {
            return;
        }

        foreach (RelationFacts leaf in table.Descendants)
        {
            ruling.Lock(leaf.Name.ToString(), DdlLockMode.Share);
            ruling.Scan(leaf.Name.ToString());
        }

        if (!ruling.IsSmall(table) || index.Concurrently)
        {
            ruling.Replace(DdlRules.PartitionedIndex, $"The index is built on all partitions of {table.Name} while writes wait.", index.Table, () => PartitionPlans.Index(ruling.Planned(index.Table), index));
        }
    }
}
