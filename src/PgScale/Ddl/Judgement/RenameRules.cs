using PgScale.Ddl.Planning;
using PgScale.Ddl.Server;
using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>New names and schemas: quick for the server, a break for programs that use the old ones.</summary>
internal static class RenameRules
{
    public static void Apply(Rename rename, Ruling ruling)
    {
        RelationFacts? relation = ruling.Facts.Relation(rename.Relation);
        var index = relation is null ? rename.Kind == RelationKind.Index : relation.Kind is 'i' or 'I';
        ruling.Lock(rename.Relation, index ? DdlLockMode.ShareUpdateExclusive : DdlLockMode.AccessExclusive);
        if (rename.Part is "COLUMN" or "CONSTRAINT")
        {
            ruling.LockTree(rename.Relation, DdlLockMode.AccessExclusive);
        }

        if (index || rename.Part == "CONSTRAINT")
        {
            return;
        }

        var what = rename.Part is null ? ruling.Show(rename.Relation) : $"the column {rename.From} of {ruling.Show(rename.Relation)}";
        var message = $"Programs that know {what} by its old name fail from this moment on.";
        if (rename.Part is null && ruling.Policy.RenameThroughView && MayHaveView(relation, ruling))
        {
            ruling.Replace(DdlRules.Rename, message, rename.Relation, () => [ThroughView(rename, ruling)]);
        }
        else
        {
            ruling.Refuse(DdlRules.Rename, message, rename.Relation);
        }
    }

    public static void Apply(SetSchema move, Ruling ruling)
    {
        ruling.Lock(move.Relation, DdlLockMode.AccessExclusive);
        RelationFacts? relation = ruling.Facts.Relation(move.Relation);
        if (ruling.Policy.RenameThroughView && move.Kind == RelationKind.Table && MayHaveView(relation, ruling))
        {
            ruling.Replace(DdlRules.Rename, $"Programs that find {ruling.Show(move.Relation)} in its old schema go on through a view.", move.Relation, () => [ThroughView(move, ruling)]);
            return;
        }

        ruling.Refuse(DdlRules.Rename, $"Programs that find {ruling.Show(move.Relation)} in its old schema fail from this moment on.", move.Relation);
    }

    private static DdlStep ThroughView(SetSchema move, Ruling ruling)
    {
        SqlName old = ruling.Facts.Relation(move.Relation)?.Name ?? move.Relation;
        return ThroughView(move.Relation, $"SET SCHEMA {SqlNames.Quote(move.Schema)}", new SqlName(move.Schema, old.Name), ruling);
    }

    private static DdlStep ThroughView(Rename rename, Ruling ruling)
    {
        SqlName old = ruling.Facts.Relation(rename.Relation)?.Name ?? rename.Relation;
        return ThroughView(rename.Relation, $"RENAME TO {SqlNames.Quote(rename.To)}", old.Beside(rename.To), ruling);
    }

    // The view asks for the rights of whoever uses it (15 and later), so that policies go on to hold; its users need them on both.
    private static DdlStep ThroughView(SqlName relation, string action, SqlName moved, Ruling ruling)
    {
        RelationFacts? facts = ruling.Facts.Relation(relation);
        SqlName old = facts?.Name ?? relation;
        var invoker = ruling.Facts.ServerVersion is 0 or >= 15 ? " WITH (security_invoker = true)" : "";
        return Steps.Transaction(
            "A view of the old name passes reads and writes on until nobody uses it.", [new DdlLock(old.ToString(), DdlLockMode.AccessExclusive)],
            [
                $"ALTER TABLE {old} {action}",
                $"CREATE VIEW {old}{invoker} AS SELECT * FROM {moved}",
                .. (facts?.Grants ?? []).Select(grant => grant.Replace("{0}", old.ToString(), StringComparison.Ordinal)),
            ]);
    }

    // Before 15 a view reads with the rights of its owner, whom policies do not stop.
    private static bool MayHaveView(RelationFacts? relation, Ruling ruling) =>
        relation is null || (relation.IsTable && (!relation.HasRowSecurity || ruling.Facts.ServerVersion >= 15));
}
