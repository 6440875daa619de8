using PgScale.Ddl.Server;
using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>Compares a recognised statement with the server's parse tree: its kind, the relations in their number, the subcommands and their columns.</summary>
internal static class TreeComparison
{
    public static string? Difference(DdlStatement statement, ServerNode tree) =>
        OfKind(statement, tree) ?? OfRelations(statement, tree) ?? (statement is AlterTable alter ? OfActions(alter, tree) : null) ?? OfFlags(statement, tree);

    private static string? OfKind(DdlStatement statement, ServerNode tree)
    {
        string[] kinds = statement switch
        {
            AlterTable { Kind: RelationKind.Sequence } => ["ALTERSEQSTMT", "ALTERTABLESTMT"],
            AlterTable => ["ALTERTABLESTMT"],
            Rename => ["RENAMESTMT"],
            SetSchema => ["ALTEROBJECTSCHEMASTMT"],
            CreateTable => ["CREATESTMT"],
            CreateTableAs => ["CREATETABLEASSTMT"],
            CreateView => ["VIEWSTMT"],
            CreateIndex => ["INDEXSTMT"],
            DropRelations => ["DROPSTMT"],
            Refresh => ["REFRESHMATVIEWSTMT"],
            Reindex => ["REINDEXSTMT"],
            _ => [],
        };
        return kinds.Length == 0 || kinds.Contains(tree.Name, StringComparer.Ordinal) ? null : $"The server reads {tree.Name}, the judge {statement.Command}.";
    }

    private static string? OfRelations(DdlStatement statement, ServerNode tree)
    {
        IEnumerable<string> ours = Sorted(Named(statement).Select(name => name.ToString()));
        List<string> theirs = [.. Sorted((statement is DropRelations ? Dropped(tree) : tree.All("RANGEVAR").Select(Relation)).Select(name => name.ToString()))];
        if (statement is CreateView or CreateTableAs or CreateTable or OnTable or Plain or AlterDomain or AlterType or DropObject or Maintenance)
        {
            // Queries, new names and owners add relations of their own on the server's side.
            return ours.All(theirs.Contains) || statement is OnTable or DropObject or Plain ? null : Different(ours, theirs);
        }

        return ours.SequenceEqual(theirs, StringComparer.Ordinal) ? null : Different(ours, theirs);
    }

    private static string Different(IEnumerable<string> ours, IEnumerable<string> theirs) =>
        $"The server sees the relations {string.Join(", ", theirs)}, the judge {string.Join(", ", ours)}.";

    // The query of CREATE TABLE AS is analysed, not kept as it was parsed: its target is what can be compared.
    private static IEnumerable<SqlName> Named(DdlStatement statement) => statement switch
    {
        AlterTable { Actions: [AlterAction.OwnedBy] } alter => [alter.Table],
        CreateTableAs copy => [copy.Relation],
        CreateView view => view.Reads.Append(view.View),
        CreateTable table => StatementRelations.Of(table).Append(table.Table),
        _ => StatementRelations.Of(statement),
    };

    private static IEnumerable<string> Sorted(IEnumerable<string> names) => names.Order(StringComparer.Ordinal);

    private static SqlName Relation(ServerNode node) => new(node.Text("schemaname"), node.Text("relname") ?? "");

    private static IEnumerable<SqlName> Dropped(ServerNode tree) => (tree.Field("objects")?.Items ?? []).Select(list =>
    {
        string[] parts = [.. list.Items.Select(item => item.Name == "STRING" ? item.Text("sval") ?? "" : item.Name)];
        return new SqlName(parts.Length > 1 ? parts[^2] : null, parts[^1]);
    });

    private static string? OfActions(AlterTable alter, ServerNode tree)
    {
        if (tree.Name == "ALTERSEQSTMT")
        {
            return null;
        }

        List<ServerNode> theirs = tree.Field("cmds")?.Items ?? [];
        if (theirs.Count != alter.Actions.Count)
        {
            return $"The server sees {theirs.Count} actions, the judge {alter.Actions.Count}.";
        }

        return alter.Actions.Zip(theirs).Select(pair => OfAction(pair.First, pair.Second)).FirstOrDefault(difference => difference is not null);
    }

    private static string? OfAction(AlterAction ours, ServerNode theirs)
    {
        ServerNode? definition = theirs.Field("def");
        var (name, kind) = ours switch
        {
            AlterAction.AddColumn add => (add.Column.Name, "COLUMNDEF"),
            AlterAction.DropColumn drop => (drop.Column, null),
            AlterAction.DropConstraint drop => (drop.Name, null),
            AlterAction.ColumnType change => (change.Column, "COLUMNDEF"),
            AlterAction.SetNotNull set => (set.Column, null),
            AlterAction.ValidateConstraint validate => (validate.Name, null),
            AlterAction.AddConstraint => (null, "CONSTRAINT"),
            _ => ((string?)null, (string?)null),
        };
        var theirName = ours is AlterAction.AddColumn ? definition?.Text("colname") : theirs.Text("name");
        return name is not null && name != theirName ? $"The server reads the name {theirName}, the judge {name}."
            : kind is not null && definition?.Name != kind ? $"The server reads {definition?.Name}, the judge {kind}."
            : ours is AlterAction.AddColumn or AlterAction.ColumnType && OfType(ours, definition!) is { } type ? type
            : null;
    }

    private static string? OfType(AlterAction ours, ServerNode definition)
    {
        SqlType type = ours is AlterAction.AddColumn add ? add.Column.Type : ((AlterAction.ColumnType)ours).Type;
        List<ServerNode> names = definition.Field("typeName")?.Field("names")?.Items ?? [];
        var theirs = names.Count > 0 ? names[^1].IsStruct ? names[^1].Text("sval") : names[^1].Name : null;
        return theirs == type.Name ? null : $"The server reads the type {theirs}, the judge {type.Name}.";
    }

    private static string? OfFlags(DdlStatement statement, ServerNode tree)
    {
        bool? concurrent = statement switch
        {
            CreateIndex index => index.Concurrently,
            DropRelations drop => drop.Concurrently,
            Refresh refresh => refresh.Concurrently,
            _ => null,
        };
        return concurrent is null || (tree.Text("concurrent") == "true") == concurrent ? null : "The server and the judge differ about CONCURRENTLY.";
    }
}
