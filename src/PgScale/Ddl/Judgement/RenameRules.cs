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
        if (rename.Part is null && ruling.Policy.RenameThroughView && relation is null or { IsTable: true })
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
        ruling.Refuse(DdlRules.Rename, $"Programs that find {ruling.Show(move.Relation)} in its old schema fail from this moment on.", move.Relation);
    }

    private static DdlStep ThroughView(Rename rename, Ruling ruling)
    {
        SqlName old = ruling.Facts.Relation(rename.Relation)?.Name ?? rename.Relation;
        return Steps.Transaction(
            "A view of the old name passes reads and writes on until nobody uses it.", [new DdlLock(old.ToString(), DdlLockMode.AccessExclusive)],
            $"ALTER TABLE {old} RENAME TO {SqlNames.Quote(rename.To)}",
            $"CREATE VIEW {old} AS SELECT * FROM {old.Beside(rename.To)}");
    }
}
