using PgScale.Ddl.Planning;
using PgScale.Ddl.Server;
using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>Whatever is dropped.</summary>
internal static class DropRules
{
    public static void Relations(DropRelations drop, Ruling ruling)
    {
        List<SqlName> there = [.. drop.Relations.Where(name => !ruling.Facts.FromServer || ruling.Facts.Relation(name) is not null)];
        Cascade(drop.Cascade, ruling, drop.Relations[0]);
        if (drop.Kind == RelationKind.Index)
        {
            Indexes(drop, there, ruling);
            return;
        }

        foreach (SqlName name in there)
        {
            Relation(name, ruling);
        }

        if (there.Count > 0)
        {
            Destructive(ruling, $"It drops {string.Join(", ", there.Select(ruling.Show))}.", there[0]);
            Grace(drop, there, ruling);
        }
    }

    public static void Object(DropObject drop, Ruling ruling)
    {
        if (drop.Table is { } table && (!ruling.Facts.FromServer || ruling.Facts.Relation(table) is not null))
        {
            ruling.Lock(table, DdlLockMode.AccessExclusive);
        }

        Cascade(drop.Cascade, ruling, drop.Table);
        if (drop.Kind is "type" or "domain" or "schema" or "extension")
        {
            Destructive(ruling, $"It drops the {drop.Kind} {string.Join(", ", drop.Names)}.", null);
        }
    }

    public static void Cascade(bool cascade, Ruling ruling, SqlName? relation)
    {
        if (cascade)
        {
            ruling.Refuse(DdlRules.Cascade, "CASCADE drops, and locks, what the statement does not name.", relation);
        }
    }

    public static void Destructive(Ruling ruling, string message, SqlName? relation)
    {
        if (!ruling.Policy.AllowDestructiveChanges)
        {
            ruling.Refuse(DdlRules.Destructive, $"The policy forbids to drop. {message}", relation);
        }
    }

    private static void Relation(SqlName name, Ruling ruling)
    {
        ruling.LockTree(name, DdlLockMode.AccessExclusive);
        RelationFacts? facts = ruling.Facts.Relation(name);
        foreach (ConstraintFacts key in facts?.Constraints ?? [])
        {
            if (key.References is { } references)
            {
                ruling.Lock(references.ToString(), DdlLockMode.AccessExclusive);
            }
        }

        foreach (var (sequence, _) in facts?.OwnedSequences ?? [])
        {
            ruling.Lock(sequence.ToString(), DdlLockMode.AccessExclusive);
        }

        if (facts is { IsPartition: true, Ancestors: [var parent, ..] })
        {
            ruling.Lock(parent.ToString(), DdlLockMode.AccessExclusive);
        }
    }

    private static void Indexes(DropRelations drop, List<SqlName> there, Ruling ruling)
    {
        foreach (SqlName name in there)
        {
            Index(drop, name, ruling);
        }

        List<SqlName> alone = [.. there.Where(name => ruling.Facts.Relation(name) is not { IsPartitioned: true })];
        if (alone.Count == 0 || (drop.Concurrently && drop.Relations.Count == 1))
        {
            return;
        }

        if (alone.TrueForAll(name => ruling.Facts.Relation(name)?.IndexedTable is { } table && ruling.IsSmall(table)) && !drop.Concurrently)
        {
            return;
        }

        ruling.Replace(DdlRules.DropIndex, $"DROP INDEX stops everything on the table of {ruling.Show(alone[0])} until it has its lock.", alone[0], () => there.Select(name =>
            Steps.Outside("Reads and writes pass.", [new DdlLock(TableOf(name, ruling), DdlLockMode.ShareUpdateExclusive)], $"DROP INDEX CONCURRENTLY {(drop.IfExists ? "IF EXISTS " : "")}{ruling.Show(name)}") with { DoneWhen = Done.Gone(ruling.Show(name)) }));
    }

    private static string TableOf(SqlName index, Ruling ruling) => (ruling.Facts.Relation(index)?.IndexedTable?.Name ?? index).ToString();

    private static void Index(DropRelations drop, SqlName name, Ruling ruling)
    {
        ruling.Lock(TableOf(name, ruling), drop.Concurrently ? DdlLockMode.ShareUpdateExclusive : DdlLockMode.AccessExclusive);
        if (ruling.Facts.Relation(name) is { Kind: 'I', IndexedTable: { } partitioned })
        {
            ruling.LockTree(partitioned, DdlLockMode.AccessExclusive);
        }

        IndexFacts? index = ruling.Facts.Relation(name) is { IndexedTable: { } table } facts ? table.Indexes.FirstOrDefault(one => one.Name == facts.Name) : null;
        if (index?.Constraint is { } constraint)
        {
            ruling.Refuse(DdlRules.NotFound, $"{index.Name} serves the constraint {constraint} and goes only with it.", name, $"ALTER TABLE {TableOf(name, ruling)} DROP CONSTRAINT {SqlNames.Quote(constraint)}.");
        }
        else if (drop.Concurrently && ruling.Facts.Relation(name) is { IsPartitioned: true })
        {
            ruling.Refuse(DdlRules.NotFound, $"{ruling.Show(name)} is an index of a partitioned table and cannot be dropped concurrently.", name, "Drop it without CONCURRENTLY: it changes the catalog only.");
        }
    }

    private static void Grace(DropRelations drop, List<SqlName> there, Ruling ruling)
    {
        if (ruling.Policy.DropGrace is not { } grace || drop.Kind != RelationKind.Table || ruling.Refusal is not null)
        {
            return;
        }

        foreach (SqlName name in there)
        {
            SqlName table = ruling.Facts.Relation(name)?.Name ?? name;
            SqlName away = table.Beside(SqlNames.WithEnding(table.Name, "_pgs_dropped"));
            DdlLock taken = new(table.ToString(), DdlLockMode.AccessExclusive);
            ruling.Replace(
            [
                Steps.Transaction("Whoever still uses the table is seen now, and the name can be given back.", [taken], $"ALTER TABLE {table} RENAME TO {SqlNames.Quote(away.Name)}"),
                Steps.Transaction("Nobody has used the table since.", ruling.Locks.Where(one => one.Relation != taken.Relation).Append(taken with { Relation = away.ToString() }), $"DROP TABLE {away}") with { Pause = grace },
            ]);
        }
    }
}
