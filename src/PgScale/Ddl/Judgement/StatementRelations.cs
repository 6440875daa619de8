using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>The relations that a statement names, in its order; new names are not among them.</summary>
internal static class StatementRelations
{
    public static IEnumerable<SqlName> Of(DdlStatement statement) => statement switch
    {
        AlterTable alter => alter.Actions.SelectMany(OfAction).Prepend(alter.Table),
        Rename rename => [rename.Relation],
        SetSchema move => [move.Relation],
        CreateTable table => OfTable(table),
        CreateTableAs copy => copy.Reads,
        CreateView view => view.OrReplace ? view.Reads.Append(view.View) : view.Reads,
        CreateIndex index => [index.Table],
        Reindex { Relation: { } relation } => [relation],
        DropRelations drop => drop.Relations,
        DropObject { Table: { } table } => [table],
        OnTable on => on.Takes.Select(take => take.Relation),
        Refresh refresh => [refresh.View],
        Maintenance maintenance => maintenance.Relations,
        _ => [],
    };

    /// <summary>The references of a new table or column.</summary>
    public static IEnumerable<SqlName> References(IEnumerable<Constraint> constraints) =>
        constraints.Where(constraint => constraint.References is not null).Select(constraint => constraint.References!);

    private static IEnumerable<SqlName> OfTable(CreateTable table) =>
        table.Inherits.Concat(table.Like)
            .Concat(table.PartitionOf is { } parent ? [parent] : [])
            .Concat(References(table.Constraints.Concat(table.Columns.SelectMany(column => column.Constraints)))
                .Where(name => name != table.Table));

    private static IEnumerable<SqlName> OfAction(AlterAction action) => action switch
    {
        AlterAction.AddColumn add => References(add.Column.Constraints),
        AlterAction.AddConstraint { Constraint.References: { } references } => [references],
        AlterAction.AttachPartition attach => [attach.Partition],
        AlterAction.DetachPartition detach => [detach.Partition],
        AlterAction.AttachIndex attach => [attach.Index],
        AlterAction.Inherit inherit => [inherit.Parent],
        AlterAction.OwnedBy owned => [owned.Table],
        _ => [],
    };
}
