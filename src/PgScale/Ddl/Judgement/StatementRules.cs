using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>Leads each kind of statement to its rules.</summary>
internal static class StatementRules
{
    public static void Apply(string sql, DdlStatement statement, Ruling ruling)
    {
        switch (statement)
        {
            case AlterTable alter:
                AlterTableRules.Apply(alter, ruling);
                break;
            case Rename rename:
                RenameRules.Apply(rename, ruling);
                break;
            case SetSchema move:
                RenameRules.Apply(move, ruling);
                break;
            case CreateTable or CreateTableAs or CreateView:
                NewRelationRules.Apply(statement, ruling);
                break;
            case CreateIndex index:
                IndexRules.Create(index, ruling);
                break;
            case Reindex reindex:
                IndexRules.Rebuild(reindex, ruling);
                break;
            case DropRelations drop:
                DropRules.Relations(drop, ruling);
                break;
            case DropObject drop:
                DropRules.Object(drop, ruling);
                break;
            case AlterDomain or AlterType:
                TypeRules.Apply(statement, ruling);
                break;
            case OnTable on:
                foreach (var (relation, mode) in on.Takes)
                {
                    ruling.Lock(relation, mode);
                }

                break;
            // From 18 on rights are given under the lock of a reader.
            case Plain { Command: "GRANT" or "REVOKE", Subject: { } relation } when ruling.Facts.ServerVersion >= 18:
                ruling.Lock(relation, DdlLockMode.AccessShare);
                break;
            case Refresh or Maintenance:
                MaintenanceRules.Apply(sql, statement, ruling);
                break;
        }
    }
}
