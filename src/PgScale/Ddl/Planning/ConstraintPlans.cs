using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Planning;

/// <summary>The safe ways to constraints of tables that hold rows.</summary>
internal static class ConstraintPlans
{
    /// <summary>NOT NULL: proven by a CHECK first; from 18 on by a constraint of its own that is validated later.</summary>
    public static IEnumerable<DdlStep> NotNull(PlannedTable table, string column)
    {
        var quoted = SqlNames.Quote(column);
        if (table.ServerVersion >= 18)
        {
            var native = table.Names.Choose(table.Name.Name, [column], "not_null");
            yield return table.Alter("Holds for new rows at once; the old ones are not read.", $"ADD CONSTRAINT {SqlNames.Quote(native)} NOT NULL {quoted} NOT VALID");
            yield return table.Validate(native);
            yield break;
        }

        var check = table.Names.Temporary(table.Name.Name, column, "not_null");
        yield return table.Alter("Holds for new rows at once; the old ones are not read.", $"ADD CONSTRAINT {SqlNames.Quote(check)} CHECK ({quoted} IS NOT NULL) NOT VALID");
        yield return table.Validate(check);
        yield return table.Alter("The validated check proves that there is no NULL, so no row is read.", $"ALTER COLUMN {quoted} SET NOT NULL", $"DROP CONSTRAINT {SqlNames.Quote(check)}");
    }

    /// <summary>CHECK, not valid first.</summary>
    public static IEnumerable<DdlStep> Check(PlannedTable table, Constraint constraint, string? column = null)
    {
        IEnumerable<string> columns = column is null ? OnlyColumn(constraint, table) : [column];
        var name = constraint.Name ?? table.Names.Choose(table.Name.Name, columns, "check");
        yield return table.Alter("Holds for new rows at once; the old ones are not read.", $"ADD CONSTRAINT {SqlNames.Quote(name)} {constraint.Text} NOT VALID");
        yield return table.Validate(name);
    }

    /// <summary>FOREIGN KEY, not valid first.</summary>
    public static IEnumerable<DdlStep> ForeignKey(PlannedTable table, Constraint constraint, IReadOnlyList<string> references, string? column = null)
    {
        IReadOnlyList<string> columns = column is null ? constraint.Columns : [column];
        var name = constraint.Name ?? table.Names.Choose(table.Name.Name, columns, "fkey");
        var text = KeyText(table, constraint, columns, column is not null);
        DdlLock[] others = [.. references.Select(other => new DdlLock(other, DdlLockMode.ShareRowExclusive))];
        yield return Steps.Transaction(
            "Holds for new rows at once; the old ones are not read.", table.Locked(DdlLockMode.ShareRowExclusive).Concat(others),
            $"ALTER TABLE {table.Sql} ADD CONSTRAINT {SqlNames.Quote(name)} {text} NOT VALID");
        yield return table.Validate(name, others.Select(other => other with { Mode = DdlLockMode.RowShare }));
    }

    /// <summary>A foreign key as a constraint of the table, with its DEFERRABLE.</summary>
    public static string KeyText(PlannedTable table, Constraint constraint, IEnumerable<string> columns, bool ofColumn) =>
        (ofColumn ? $"FOREIGN KEY {table.Columns(columns)} {constraint.Text}" : constraint.Text) + Deferral(constraint);

    /// <summary>DEFERRABLE and the like, where the text does not end in them.</summary>
    public static string Deferral(Constraint constraint) =>
        constraint.DeferralWords.Length > 0 && !constraint.Text.EndsWith(constraint.DeferralWords, StringComparison.Ordinal) ? " " + constraint.DeferralWords : "";

    /// <summary>The columns of a primary key that may be NULL so far.</summary>
    public static IEnumerable<DdlStep> KeyNotNull(PlannedTable table, Constraint constraint) => constraint.Kind != ConstraintKind.PrimaryKey
        ? []
        : constraint.Columns.Where(one => table.Facts?.Column(one) is not { NotNull: true }).SelectMany(column => NotNull(table, column));

    /// <summary>UNIQUE or PRIMARY KEY through an index that is built concurrently.</summary>
    public static IEnumerable<DdlStep> Key(PlannedTable table, Constraint constraint, string? column = null, bool notNull = false)
    {
        IReadOnlyList<string> columns = column is null ? constraint.Columns : [column];
        var primary = constraint.Kind == ConstraintKind.PrimaryKey;
        foreach (DdlStep step in notNull ? [] : KeyNotNull(table, constraint with { Columns = columns }))
        {
            yield return step;
        }

        var name = constraint.Name ?? (primary ? table.Names.Choose(table.Name.Name, [], "pkey") : table.Names.Choose(table.Name.Name, columns.Concat(constraint.Included), "key"));
        var distinct = constraint.NullsNotDistinct ? " NULLS NOT DISTINCT" : "";
        yield return table.Build(name, unique: true, $"{table.Columns(columns)}{Words(constraint, distinct)}");
        var deferral = constraint.DeferralWords.Length > 0 ? " " + constraint.DeferralWords : "";
        yield return table.Alter(
            "The index becomes the constraint's; no row is read.",
            $"ADD CONSTRAINT {SqlNames.Quote(name)} {(primary ? "PRIMARY KEY" : "UNIQUE")} USING INDEX {SqlNames.Quote(name)}{deferral}");
    }

    // INCLUDE stands in front of NULLS NOT DISTINCT in an index, and the tablespace has other words.
    private static string Words(Constraint constraint, string distinct)
    {
        var words = constraint.IndexWords;
        var tablespace = words.IndexOf("USING INDEX TABLESPACE", StringComparison.OrdinalIgnoreCase);
        var space = tablespace < 0 ? "" : " " + words[(tablespace + "USING INDEX ".Length)..];
        words = tablespace < 0 ? words : words[..tablespace].TrimEnd();
        if (words.StartsWith("INCLUDE", StringComparison.OrdinalIgnoreCase))
        {
            var end = words.IndexOf(')', StringComparison.Ordinal) + 1;
            return $" {words[..end]}{distinct}{words[end..]}{space}";
        }

        return distinct + (words.Length > 0 ? " " + words : "") + space;
    }

    private static string[] OnlyColumn(Constraint constraint, PlannedTable table)
    {
        string[] columns = [.. (constraint.Expression?.Columns ?? []).Distinct(StringComparer.Ordinal).Where(name => table.Facts?.Column(name) is not null || table.Facts is null)];
        return columns.Length == 1 ? columns : [];
    }
}
