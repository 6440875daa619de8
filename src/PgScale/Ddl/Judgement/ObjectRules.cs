using PgScale.Ddl.Server;
using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>Whether what the statement names is there and of the kind that it says.</summary>
internal static class ObjectRules
{
    /// <summary>False when the statement is refused or does nothing, so that there is no more to judge.</summary>
    public static bool Find(DdlStatement statement, Ruling ruling)
    {
        if (!ruling.Facts.FromServer)
        {
            return true;
        }

        var mayMiss = statement is AlterTable { IfExists: true } or DropRelations { IfExists: true } or DropObject { IfExists: true } or CreateView { OrReplace: true };
        List<SqlName> missing = [.. StatementRelations.Of(statement).Where(name => ruling.Facts.Knows(name) && ruling.Facts.Relation(name) is null)];
        if (missing.Count > 0 && !mayMiss)
        {
            ruling.Refuse(DdlRules.NotFound, $"There is no relation {missing[0]} on the search path.", missing[0]);
            return false;
        }

        foreach (SqlName name in StatementRelations.Of(statement))
        {
            if (ruling.Facts.Relation(name) is { } relation && Wrong(statement, name, relation) is { } problem)
            {
                ruling.Refuse(DdlRules.NotFound, problem, name);
                return false;
            }
        }

        return statement is not AlterTable { IfExists: true } alter || ruling.Facts.Relation(alter.Table) is not null;
    }

    private static string? Wrong(DdlStatement statement, SqlName name, RelationFacts relation) => statement switch
    {
        _ when relation.Name.Schema is "pg_catalog" or "information_schema" => $"{relation.Name} belongs to the system.",
        DropRelations drop when !Fits(drop.Kind, relation) => $"{relation.Name} is no {DropReader.Words(drop.Kind).ToLowerInvariant()}.",
        AlterTable { Kind: RelationKind.Index } alter when alter.Table == name && relation.Kind is not ('i' or 'I') => $"{relation.Name} is no index.",
        AlterTable { Kind: RelationKind.Table } alter when alter.Table == name && !relation.IsTable && !alter.Actions.All(action => action is AlterAction.Plain)
            => $"{relation.Name} is no table.",
        CreateIndex when relation.Kind is not ('r' or 'p' or 'm') => $"{relation.Name} is no table.",
        _ => null,
    };

    private static bool Fits(RelationKind kind, RelationFacts relation) => kind switch
    {
        RelationKind.Table => relation.Kind is 'r' or 'p',
        RelationKind.Index => relation.Kind is 'i' or 'I',
        RelationKind.View => relation.Kind is 'v',
        RelationKind.MaterializedView => relation.Kind is 'm',
        RelationKind.Sequence => relation.Kind is 'S',
        _ => relation.Kind is 'f',
    };
}
