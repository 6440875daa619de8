using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Planning;

/// <summary>A column with everything, in steps: the bare column, its default, the rows, the constraints.</summary>
internal static class AddColumnPlan
{
    public static IEnumerable<DdlStep> Make(PlannedTable table, AlterAction.AddColumn add, bool volatileDefault, Func<SqlName, IReadOnlyList<string>> show)
    {
        ColumnDefinition column = add.Column;
        var identity = column.Find(ConstraintKind.Identity);
        IEnumerable<DdlStep> steps = column.Find(ConstraintKind.Generated) is { } generated ? GeneratedColumnPlan.Make(table, add, Definition(add), generated)
            : column.Type.IsSerial ? Serial(table, add)
            : identity is not null ? IdentityFilled(table, add, identity)
            : Bare(table, add, volatileDefault);
        return steps.Concat(Constraints(table, add, show));
    }

    private static string Definition(AlterAction.AddColumn add, string? type = null) =>
        $"ADD COLUMN {(add.IfNotExists ? "IF NOT EXISTS " : "")}{SqlNames.Quote(add.Column.Name)} {type ?? add.Column.Type.Text}{(add.Column.Words.Length > 0 ? " " + add.Column.Words : "")}";

    private static IEnumerable<DdlStep> Bare(PlannedTable table, AlterAction.AddColumn add, bool volatileDefault)
    {
        Constraint? byDefault = add.Column.Find(ConstraintKind.Default);
        var quoted = SqlNames.Quote(add.Column.Name);
        if (!volatileDefault)
        {
            var notNull = add.Column.Has(ConstraintKind.NotNull) && byDefault is not null ? " NOT NULL" : "";
            yield return table.Alter("A default that is the same for all rows is kept in the catalog; no row is written.", $"{Definition(add)}{(byDefault is null ? "" : " " + byDefault.Text)}{notNull}");
            yield break;
        }

        yield return table.Alter("The column is empty and costs nothing; new rows get the default.", Definition(add), $"ALTER COLUMN {quoted} SET {byDefault!.Text}");
        yield return Fill(table, quoted);
        if (add.Column.Has(ConstraintKind.NotNull))
        {
            foreach (DdlStep step in ConstraintPlans.NotNull(table, add.Column.Name))
            {
                yield return step;
            }
        }
    }

    // The steps in front of the constraints have seen to it.
    private static bool IsNotNull(ColumnDefinition column) => column.Type.IsSerial || column.Has(ConstraintKind.Identity) || column.Has(ConstraintKind.NotNull);

    private static DdlStep Fill(PlannedTable table, string column) => Steps.Backfill(
        "Gives the old rows their values, a few at a time.", new DdlBackfill(table.Sql, table.Key, $"{column} = DEFAULT", $"{column} IS NULL"));

    private static IEnumerable<DdlStep> Serial(PlannedTable table, AlterAction.AddColumn add)
    {
        var type = add.Column.Type.SerialBase!;
        var quoted = SqlNames.Quote(add.Column.Name);
        var sequence = table.Name.Beside(table.Names.Choose(table.Name.Name, [add.Column.Name], "seq")).ToString();
        yield return Numbered(table, Definition(add, type), sequence, type, quoted, owned: true);
        yield return Fill(table, quoted);
        foreach (DdlStep step in ConstraintPlans.NotNull(table, add.Column.Name))
        {
            yield return step;
        }
    }

    private static DdlStep Numbered(PlannedTable table, string definition, string sequence, string type, string column, bool owned) => Steps.Transaction(
        "The column is empty and costs nothing; new rows get their number.", table.Locked(DdlLockMode.AccessExclusive),
        [
            $"CREATE SEQUENCE {sequence} AS {type}",
            $"ALTER TABLE {table.Sql} {definition}",
            $"ALTER TABLE {table.Sql} ALTER COLUMN {column} SET DEFAULT nextval({SqlNames.Literal(sequence)}::regclass)",
            .. owned ? new[] { $"ALTER SEQUENCE {sequence} OWNED BY {table.Sql}.{column}" } : [],
        ]);

    private static IEnumerable<DdlStep> IdentityFilled(PlannedTable table, AlterAction.AddColumn add, Constraint identity)
    {
        var quoted = SqlNames.Quote(add.Column.Name);
        var filler = table.Name.Beside(table.Names.Temporary(table.Name.Name, add.Column.Name, "seq")).ToString();
        var type = add.Column.Type.Name switch { "int2" => "smallint", "int4" => "integer", _ => "bigint" };
        yield return Numbered(table, Definition(add), filler, $"{type}{IdentityOptions(identity)}", quoted, owned: false);
        yield return Fill(table, quoted);
        foreach (DdlStep step in ConstraintPlans.NotNull(table, add.Column.Name))
        {
            yield return step;
        }

        yield return Steps.Transaction(
            "The identity goes on where the sequence that filled the rows has stopped.", table.Locked(DdlLockMode.AccessExclusive),
            $"ALTER TABLE {table.Sql} ALTER COLUMN {quoted} DROP DEFAULT",
            $"ALTER TABLE {table.Sql} ALTER COLUMN {quoted} ADD {identity.Text}",
            $"SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence({SqlNames.Literal(table.Sql)}, {SqlNames.Literal(add.Column.Name)})::regclass, last_value, is_called) FROM {filler}",
            $"DROP SEQUENCE {filler}");
    }

    // GENERATED … AS IDENTITY (START 100 …): the sequence that fills the rows counts in the same way.
    private static string IdentityOptions(Constraint identity)
    {
        var open = identity.Text.IndexOf('(', StringComparison.Ordinal);
        return open < 0 ? "" : " " + identity.Text[(open + 1)..identity.Text.LastIndexOf(')')].Trim();
    }

    private static IEnumerable<DdlStep> Constraints(PlannedTable table, AlterAction.AddColumn add, Func<SqlName, IReadOnlyList<string>> show)
    {
        foreach (Constraint constraint in add.Column.Constraints)
        {
            IEnumerable<DdlStep> steps = constraint.Kind switch
            {
                ConstraintKind.Check => ConstraintPlans.Check(table, constraint, add.Column.Name),
                ConstraintKind.Unique or ConstraintKind.PrimaryKey => ConstraintPlans.Key(table, constraint, add.Column.Name, IsNotNull(add.Column)),
                ConstraintKind.ForeignKey when table is { Facts.Kind: 'p', ServerVersion: < 18 } => PartitionPlans.ForeignKey(table, constraint, show(constraint.References!), add.Column.Name),
                ConstraintKind.ForeignKey => ConstraintPlans.ForeignKey(table, constraint, show(constraint.References!), add.Column.Name),
                _ => [],
            };
            foreach (DdlStep step in steps)
            {
                yield return step;
            }
        }
    }
}
