using PgScale.Ddl.Server;
using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Planning;

/// <summary>
/// A column of another type beside the old one: a trigger keeps it equal, the old rows are filled, indexes and constraints are copied,
/// and the names are swapped in one short lock. The new column stands last in the table.
/// </summary>
internal sealed class ColumnTypePlan(PlannedTable table, AlterAction.ColumnType change)
{
    private readonly RelationFacts _facts = table.Facts!;
    private readonly ColumnFacts _old = table.Facts!.Column(change.Column)!;
    private readonly string _new = SqlNames.WithEnding(change.Column, "_pgs_new");
    private readonly List<string> _swap = [];
    private readonly List<string> _finish = [];

    /// <summary>Why the change cannot be planned, or null.</summary>
    public static string? Obstacle(RelationFacts table, string column)
    {
        ColumnFacts? old = table.Column(column);
        return old is null ? "the column is not there"
            : table.Kind != 'r' || table.Descendants.Count > 0 || table.Ancestors.Count > 0 ? "the table is partitioned, inherits or is inherited"
            : table.HasDependentViews ? "views depend on the table"
            : old.Identity != ' ' ? "the column is an identity"
            : old.Generated != ' ' || table.Columns.Any(other => other.Generated != ' ') ? "the table has generated columns"
            : table.ReferencedBy.Any() ? "other tables refer to the table"
            : table.Constraints.Any(constraint => constraint.Kind == 'x' && constraint.Columns.Contains(old.Number)) ? "an exclusion constraint uses the column"
            : null;
    }

    public IEnumerable<DdlStep> Make()
    {
        List<DdlStep> steps = [Mirror(), Fill(), .. Indexes(), .. Constraints()];
        if (_old.NotNull)
        {
            var check = table.Names.Temporary(table.Name.Name, change.Column, "not_null");
            steps.Add(table.Alter("Holds for new rows at once.", $"ADD CONSTRAINT {SqlNames.Quote(check)} CHECK ({Quoted(_new)} IS NOT NULL) NOT VALID"));
            steps.Add(table.Validate(check));
            _swap.Insert(0, $"ALTER TABLE {table.Sql} ALTER COLUMN {Quoted(_new)} SET NOT NULL");
            _swap.Insert(1, $"ALTER TABLE {table.Sql} DROP CONSTRAINT {Quoted(check)}");
            KeepNameOfNotNull();
        }

        steps.Add(Swap());
        return steps;
    }

    private static string Quoted(string name) => SqlNames.Quote(name);

    private string Trigger => SqlNames.WithEnding(change.Column, "_pgs_mirror");

    private string Function => table.Name.Beside(SqlNames.WithEnding($"{table.Name.Name}_{change.Column}", "_pgs_mirror")).ToString();

    private string Conversion => change.Using?.Text ?? $"{Quoted(change.Column)}::{change.Type.Text}";

    private DdlStep Mirror()
    {
        var collation = change.Collation is null ? "" : $" COLLATE {change.Collation}";
        var body = $"BEGIN SELECT {Conversion} INTO NEW.{Quoted(_new)} FROM (SELECT NEW.*) AS row_of_now; RETURN NEW; END";
        return Steps.Transaction(
            "The new column is empty and costs nothing; a trigger fills it for every row that is written from now on.",
            table.Locked(DdlLockMode.AccessExclusive),
            $"ALTER TABLE {table.Sql} ADD COLUMN {Quoted(_new)} {change.Type.Text}{collation}",
            $"CREATE FUNCTION {Function}() RETURNS trigger LANGUAGE plpgsql AS {SqlNames.Literal(body)}",
            $"CREATE TRIGGER {Quoted(Trigger)} BEFORE INSERT OR UPDATE ON {table.Sql} FOR EACH ROW EXECUTE FUNCTION {Function}()");
    }

    private DdlStep Fill() => Steps.Backfill(
        "Copies the old rows, a few at a time.",
        new DdlBackfill(table.Sql, table.Key, $"{Quoted(_new)} = {Conversion}", $"{Quoted(_new)} IS DISTINCT FROM ({Conversion})"));

    // From PostgreSQL 18 on NOT NULL is a constraint with a name.
    private void KeepNameOfNotNull()
    {
        if (_facts.Constraints.FirstOrDefault(constraint => constraint.Kind == 'n' && constraint.Columns.Contains(_old.Number)) is { } named)
        {
            var made = table.Names.Choose(table.Name.Name, [_new], "not_null");
            _finish.Add($"ALTER TABLE {table.Sql} RENAME CONSTRAINT {Quoted(made)} TO {Quoted(named.Name)}");
        }
    }

    private IEnumerable<DdlStep> Indexes()
    {
        foreach (IndexFacts index in _facts.Indexes.Where(index => index.Uses.Contains(_old.Number)))
        {
            var copy = SqlNames.WithEnding(index.Name.Name, "_pgs_new");
            yield return table.Build(copy, index.Unique, IndexText.WithColumn(IndexText.Behind(index.Definition), change.Column, _new));
            ConstraintFacts? constraint = index.Constraint is null ? null : _facts.Constraint(index.Constraint);
            if (constraint is null)
            {
                _swap.Add($"DROP INDEX {index.Name}");
                _finish.Add($"ALTER INDEX {index.Name.Beside(copy)} RENAME TO {Quoted(index.Name.Name)}");
            }
            else
            {
                _swap.Add($"ALTER TABLE {table.Sql} DROP CONSTRAINT {Quoted(constraint.Name)}");
                var deferral = constraint.Definition.Contains(" DEFERRABLE", StringComparison.Ordinal) ? constraint.Definition[constraint.Definition.IndexOf(" DEFERRABLE", StringComparison.Ordinal)..] : "";
                _finish.Add($"ALTER TABLE {table.Sql} ADD CONSTRAINT {Quoted(constraint.Name)} {(constraint.Kind == 'p' ? "PRIMARY KEY" : "UNIQUE")} USING INDEX {Quoted(copy)}{deferral}");
            }
        }
    }

    private IEnumerable<DdlStep> Constraints()
    {
        foreach (ConstraintFacts constraint in _facts.Constraints.Where(constraint => constraint.Kind is 'c' or 'f' && constraint.Columns.Contains(_old.Number)))
        {
            var copy = SqlNames.WithEnding(constraint.Name, "_pgs_new");
            var notValid = constraint.Validated ? " NOT VALID" : "";
            var text = IndexText.WithColumn(constraint.Definition, change.Column, _new);
            IEnumerable<DdlLock> others = constraint.References is { } other ? [new DdlLock(other.ToString(), DdlLockMode.ShareRowExclusive)] : [];
            yield return Steps.Transaction(
                "Holds for new rows at once; the old ones are not read.",
                table.Locked(constraint.Kind == 'f' ? DdlLockMode.ShareRowExclusive : DdlLockMode.AccessExclusive).Concat(others),
                $"ALTER TABLE {table.Sql} ADD CONSTRAINT {Quoted(copy)} {text}{notValid}");
            if (constraint.Validated)
            {
                yield return table.Validate(copy, others.Select(one => one with { Mode = DdlLockMode.RowShare }));
            }

            _swap.Add($"ALTER TABLE {table.Sql} DROP CONSTRAINT {Quoted(constraint.Name)}");
            _finish.Add($"ALTER TABLE {table.Sql} RENAME CONSTRAINT {Quoted(copy)} TO {Quoted(constraint.Name)}");
        }
    }

    private DdlStep Swap()
    {
        var old = Quoted(change.Column);
        List<string> defaults = [];
        if (_old.Default is { } value)
        {
            defaults.Add($"ALTER TABLE {table.Sql} ALTER COLUMN {Quoted(_new)} SET DEFAULT {value}");
        }

        // A sequence of the old column would be dropped with it.
        defaults.AddRange(_facts.OwnedSequences.Where(owned => owned.Column == _old.Number)
            .Select(owned => $"ALTER SEQUENCE {owned.Sequence} OWNED BY {table.Sql}.{Quoted(_new)}"));

        IEnumerable<DdlLock> peers = _facts.Constraints
            .Where(constraint => constraint.Kind == 'f' && constraint.Columns.Contains(_old.Number) && constraint.References is not null)
            .Select(constraint => new DdlLock(constraint.References!.ToString(), DdlLockMode.AccessExclusive));
        return Steps.Transaction(
            "Changes names and drops the old column in one short lock; no row is read or written.",
            table.Locked(DdlLockMode.AccessExclusive).Concat(peers),
            [
                $"LOCK TABLE {table.Sql} IN ACCESS EXCLUSIVE MODE",
                $"DROP TRIGGER {Quoted(Trigger)} ON {table.Sql}",
                $"DROP FUNCTION {Function}()",
                .. _swap,
                .. defaults,
                $"ALTER TABLE {table.Sql} DROP COLUMN {old}",
                $"ALTER TABLE {table.Sql} RENAME COLUMN {Quoted(_new)} TO {old}",
                .. _finish,
            ]);
    }
}
