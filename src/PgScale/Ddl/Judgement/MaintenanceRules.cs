using PgScale.Ddl.Planning;
using PgScale.Ddl.Server;
using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>REFRESH, CLUSTER, VACUUM FULL and TRUNCATE.</summary>
internal static class MaintenanceRules
{
    public static void Apply(string sql, DdlStatement statement, Ruling ruling)
    {
        if (statement is Refresh refresh)
        {
            Refreshed(refresh, ruling);
            return;
        }

        Maintenance maintenance = (Maintenance)statement;
        foreach (SqlName name in maintenance.Relations)
        {
            ruling.LockTree(name, DdlLockMode.AccessExclusive);
            ruling.Rewrite(name);
            if (maintenance.Command == "TRUNCATE" && ruling.Facts.Relation(name) is { } table)
            {
                Emptied(table, maintenance.RestartsIdentity, ruling);
            }
        }

        SqlName first = maintenance.Relations[0];
        if (maintenance.Command == "TRUNCATE")
        {
            ruling.Refuse(DdlRules.Truncate, $"It removes all rows of {ruling.Show(first)}.", first);
            return;
        }

        ruling.Scan(first);
        if (!ruling.IsSmall(first))
        {
            ruling.Refuse(DdlRules.Rewrite, $"{sql.Trim()} writes {ruling.Show(first)} anew under an ACCESS EXCLUSIVE lock.", first);
        }
    }

    // Partitions and children get new files too, and so do sequences that begin again.
    private static void Emptied(RelationFacts table, bool restarts, Ruling ruling)
    {
        foreach (RelationFacts one in table.Tree)
        {
            ruling.Rewrite(one.Name.ToString());
            foreach (var (sequence, _) in restarts ? one.OwnedSequences : [])
            {
                ruling.Lock(sequence.ToString(), DdlLockMode.AccessExclusive);
                ruling.Rewrite(sequence.ToString());
            }
        }
    }

    private static void Refreshed(Refresh refresh, Ruling ruling)
    {
        RelationFacts? view = ruling.Facts.Relation(refresh.View);
        ruling.Lock(refresh.View, refresh.Concurrently ? DdlLockMode.Exclusive : DdlLockMode.AccessExclusive);
        if (refresh.Concurrently)
        {
            return;
        }

        ruling.Rewrite(refresh.View);
        if (!refresh.WithData)
        {
            ruling.Refuse(DdlRules.MaterializedView, $"{ruling.Show(refresh.View)} would be empty, and an error for every reader.", refresh.View);
            return;
        }

        if (view is not null && !view.Indexes.Any(index => index is { Unique: true, Valid: true, HasCondition: false, HasExpressions: false }))
        {
            ruling.Refuse(DdlRules.MaterializedView, $"{view.Name} cannot be read while its query runs, and has no unique index for CONCURRENTLY.", refresh.View);
        }
        else
        {
            ruling.Replace(DdlRules.MaterializedView, $"{ruling.Show(refresh.View)} cannot be read while its query runs.", refresh.View, () => [Steps.Validation(
                "Readers see the old rows until the new ones are there.", [new DdlLock(ruling.Show(refresh.View), DdlLockMode.Exclusive)], ruling.Show(refresh.View),
                $"REFRESH MATERIALIZED VIEW CONCURRENTLY {ruling.Show(refresh.View)}")]);
        }
    }
}
