using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Planning;

/// <summary>
/// A column that a trigger computes, in place of a stored generated one: no server can turn a plain column into a generated one, and
/// adding a generated one writes the table anew.
/// </summary>
internal static class GeneratedColumnPlan
{
    private const string Ending = "_generated";

    public static IEnumerable<DdlStep> Make(PlannedTable table, AlterAction.AddColumn add, string definition, Constraint generated)
    {
        var (column, value) = (SqlNames.Quote(add.Column.Name), generated.Expression!.Text);
        MirrorTrigger trigger = new(table, add.Column.Name, table.Facts?.LastTrigger, Ending);
        yield return Steps.Transaction(
            "The column is empty and costs nothing; a trigger fills it for every row that is written from now on.", table.Locked(DdlLockMode.AccessExclusive),
            [$"ALTER TABLE {table.Sql} {definition}", .. trigger.Create(add.Column.Name, value)]);
        yield return Steps.Backfill(
            "Computes the value of the old rows, a few at a time.",
            new DdlBackfill(table.Sql, table.Key, $"{column} = {value}", $"{column} IS NOT DISTINCT FROM NULL AND ({value}) IS DISTINCT FROM NULL"));
        foreach (DdlStep step in add.Column.Has(ConstraintKind.NotNull) ? ConstraintPlans.NotNull(table, add.Column.Name) : [])
        {
            yield return step;
        }
    }
}
