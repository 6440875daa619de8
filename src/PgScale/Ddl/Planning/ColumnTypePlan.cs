using PgScale.Ddl.Server;
using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Planning;

/// <summary>
/// A column of another type beside the old one: a trigger keeps it equal, the old rows are filled, indexes and constraints are copied,
/// and the names are swapped in one short lock. The new column stands last in the table.
/// </summary>
internal sealed class ColumnTypePlan(PlannedTable table, AlterAction.ColumnType change, ColumnExtras extras)
{
    private readonly RelationFacts _facts = table.Facts!;
    private readonly ColumnFacts _old = table.Facts!.Column(change.Column)!;
    private readonly string _new = SqlNames.WithEnding(change.Column, "_pgs_new");
    private readonly ColumnSwap _swap = new(table, change.Column, SqlNames.WithEnding(change.Column, "_pgs_new"), extras);

    /// <summary>Why the change cannot be planned, or null.</summary>
    public static string? Obstacle(RelationFacts table, AlterAction.ColumnType change, ColumnExtras? extras)
    {
        ColumnFacts? old = table.Column(change.Column);
        return old is null || extras is null ? "the column is not there"
            : table.Kind != 'r' || table.Descendants.Count > 0 || table.Ancestors.Count > 0 ? "the table is partitioned, inherits or is inherited"
            : extras.User is { } user ? $"{user} depends on the column"
            : old.Generated != ' ' ? "the column is a generated one"
            : change.Using is not null && table.Columns.Any(other => other.Generated != ' ') ? "the table has generated columns, which are not computed yet where USING would read them"
            : table.Constraints.Any(constraint => constraint.Kind == 'x' && constraint.Columns.Contains(old.Number)) ? "an exclusion constraint uses the column"
            : table.Constraints.Any(constraint => constraint.Kind == 'f' && constraint.Columns.Contains(old.Number) && IsReferring(constraint, table, old)) ? "the column refers to itself"
            : table.Constraints.FirstOrDefault(key => key is { Kind: 'f', ReferencesKind: 'p' } && key.Columns.Contains(old.Number)) is { } towards ? $"it refers to the partitioned table {towards.References}"
            : Referring(table, old).FirstOrDefault(key => key.TableKind == 'p') is { } partitioned ? $"the partitioned table {partitioned.Table} refers to it"
            : IndexText.IsAmbiguous(change.Column) ? $"{change.Column} is a word of SQL that cannot be told from the column in the definitions that use it"
            : MirrorTrigger.Name(change.Column, table.LastTrigger) is null ? $"no trigger can run after {table.LastTrigger}"
            : null;
    }

    public IEnumerable<DdlStep> Make() => [Mirror(), Fill(), .. Indexes(), .. Constraints(), .. ReferringKeys(), .. NotNull(), Compare(), _swap.Make()];

    private static string Quoted(string name) => SqlNames.Quote(name);

    private static IEnumerable<ConstraintFacts> Referring(RelationFacts table, ColumnFacts column) =>
        table.ReferencedBy.Concat(table.Constraints).Where(key => IsReferring(key, table, column));

    private static bool IsReferring(ConstraintFacts key, RelationFacts table, ColumnFacts column) =>
        key.Kind == 'f' && key.ReferencesOid == table.Oid && key.ReferencedColumns.Contains(column.Number);

    private string Conversion => change.Using?.Text ?? $"{Quoted(change.Column)}::{change.Type.Text}";

    private DdlStep Mirror()
    {
        var collation = change.Collation is null ? "" : $" COLLATE {change.Collation}";
        MirrorTrigger trigger = new(table, change.Column, _facts.LastTrigger);
        _swap.DropFirst(trigger.Drop);
        return Steps.Transaction(
            "The new column is empty and costs nothing; a trigger fills it for every row that is written from now on.",
            table.Locked(DdlLockMode.AccessExclusive),
            [$"ALTER TABLE {table.Sql} ADD COLUMN {Quoted(_new)} {change.Type.Text}{collation}", .. trigger.Create(_new, Conversion)]);
    }

    private DdlStep Fill() => Steps.Backfill(
        "Copies the old rows, a few at a time.",
        new DdlBackfill(table.Sql, table.Key, $"{Quoted(_new)} = {Conversion}", $"{Quoted(_new)} IS NOT DISTINCT FROM NULL AND ({Conversion}) IS DISTINCT FROM NULL"));

    // Rows that were written with triggers disabled would lose their value with the old column; and where the statement would be refused
    // because a value is too long, a cast cuts it.
    private DdlStep Compare()
    {
        var cuts = change.Using is null && change.Type.Name is "varchar" or "bpchar" or "bit" or "varbit"
            ? $"rtrim(({Conversion})::text) IS DISTINCT FROM rtrim({Quoted(change.Column)}::text)"
            : "false";
        var body = $"""
            BEGIN
              IF EXISTS (SELECT FROM {table.Sql} WHERE {cuts}) THEN
                RAISE EXCEPTION 'Values of % are too long for the type %. Shorten them, and run again.', {SqlNames.Literal(change.Column)}, {SqlNames.Literal(change.Type.Text)};
              END IF;
              IF EXISTS (SELECT FROM {table.Sql} WHERE {Quoted(_new)}::text IS DISTINCT FROM ({Conversion})::{change.Type.Text}::text) THEN
                RAISE EXCEPTION 'Rows of % were written without its triggers, so that the new column differs from the old one. Update those rows, and run again.', {SqlNames.Literal(table.Sql)};
              END IF;
            END
            """;
        return Steps.Validation("Makes sure that no row differs and none was cut, before the old column goes.", [new DdlLock(table.Sql, DdlLockMode.AccessShare)], table.Sql, $"DO {SqlNames.Literal(body)}");
    }

    private IEnumerable<DdlStep> Indexes()
    {
        foreach (IndexFacts index in _facts.Indexes.Where(index => index.Uses.Contains(_old.Number)))
        {
            var copy = SqlNames.WithEnding(index.Name.Name, "_pgs_new");
            yield return table.Build(copy, index.Unique, IndexText.WithColumn(index.Words, change.Column, _new));
            _swap.Replace(index, copy, index.Constraint is null ? null : _facts.Constraint(index.Constraint));
        }
    }

    private IEnumerable<DdlStep> Constraints()
    {
        foreach (ConstraintFacts constraint in _facts.Constraints.Where(constraint => constraint.Kind is 'c' or 'f' && constraint.Columns.Contains(_old.Number)))
        {
            var text = constraint.Kind == 'f'
                ? IndexText.WithOwnColumn(constraint.Definition, change.Column, _new)
                : IndexText.WithColumn(constraint.Definition, change.Column, _new);
            foreach (DdlStep step in Copied(table, constraint, text, constraint.References?.ToString()))
            {
                yield return step;
            }
        }
    }

    // They find the copy of the unique index, so they come after it.
    private IEnumerable<DdlStep> ReferringKeys() => Referring(_facts, _old).SelectMany(key => Copied(
        table with { Name = key.Table, Facts = key.TableOid == _facts.Oid ? _facts : null }, key, IndexText.WithReferencedColumn(key.Definition, change.Column, _new), table.Sql));

    private IEnumerable<DdlStep> Copied(PlannedTable owner, ConstraintFacts constraint, string text, string? references)
    {
        var copy = SqlNames.WithEnding(constraint.Name, "_pgs_new");
        DdlLock[] others = references is null ? [] : [new DdlLock(references, DdlLockMode.ShareRowExclusive)];
        yield return Steps.Transaction(
            "Holds for new rows at once; the old ones are not read.",
            owner.Locked(constraint.Kind == 'f' ? DdlLockMode.ShareRowExclusive : DdlLockMode.AccessExclusive).Concat(others),
            $"ALTER TABLE {owner.Sql} ADD CONSTRAINT {Quoted(copy)} {text}{(constraint.Validated ? " NOT VALID" : "")}");
        if (constraint.Validated)
        {
            yield return owner.Validate(copy, others.Select(one => one with { Mode = DdlLockMode.RowShare }));
        }

        _swap.Replace(owner.Sql, constraint, copy, references);
    }

    private IEnumerable<DdlStep> NotNull()
    {
        if (!_old.NotNull)
        {
            yield break;
        }

        var check = table.Names.Temporary(table.Name.Name, change.Column, "not_null");
        yield return table.Alter("Holds for new rows at once.", $"ADD CONSTRAINT {Quoted(check)} CHECK ({Quoted(_new)} IS NOT NULL) NOT VALID");
        yield return table.Validate(check);
        // From PostgreSQL 18 on NOT NULL is a constraint with a name.
        ConstraintFacts? named = _facts.Constraints.FirstOrDefault(constraint => constraint.Kind == 'n' && constraint.Columns.Contains(_old.Number));
        _swap.NotNull(check, named is null ? null : (table.Names.Choose(table.Name.Name, [_new], "not_null"), named.Name));
    }
}
