using PgScale.Ddl.Server;
using PgScale.Ddl.Text;

namespace PgScale.Ddl.Planning;

/// <summary>The last step of a change of type: what hangs on the old column goes, the new column gets its name, and the copies theirs.</summary>
internal sealed class ColumnSwap(PlannedTable table, string column, string replacement, ColumnExtras extras)
{
    private const string Kept = "pgscale.identity"; // a setting of the transaction carries the sequence's state over its end

    private readonly ColumnFacts _old = table.Facts!.Column(column)!;
    private readonly List<string> _first = [];
    private readonly List<string> _keys = [];
    private readonly List<string> _indexes = [];
    private readonly List<string> _named = [];
    private readonly HashSet<DdlLock> _others = [];

    public void DropFirst(IEnumerable<string> statements) => _first.AddRange(statements);

    /// <summary>The new column is never NULL, which a check has proven.</summary>
    public void NotNull(string check, (string Made, string Wanted)? name)
    {
        _first.Add($"ALTER TABLE {table.Sql} ALTER COLUMN {SqlNames.Quote(replacement)} SET NOT NULL");
        _first.Add($"ALTER TABLE {table.Sql} DROP CONSTRAINT {SqlNames.Quote(check)}");
        if (name is var (made, wanted))
        {
            _named.Add($"ALTER TABLE {table.Sql} RENAME CONSTRAINT {SqlNames.Quote(made)} TO {SqlNames.Quote(wanted)}");
        }
    }

    /// <summary>A copy takes the place of an index, and of its constraint.</summary>
    public void Replace(IndexFacts index, string copy, ConstraintFacts? constraint)
    {
        if (constraint is null)
        {
            _indexes.Add($"DROP INDEX {index.Name}");
            _named.Add($"ALTER INDEX {index.Name.Beside(copy)} RENAME TO {SqlNames.Quote(index.Name.Name)}");
            return;
        }

        var deferrable = constraint.Definition.IndexOf(" DEFERRABLE", StringComparison.Ordinal);
        _indexes.Add($"ALTER TABLE {table.Sql} DROP CONSTRAINT {SqlNames.Quote(constraint.Name)}");
        _named.Add(
            $"ALTER TABLE {table.Sql} ADD CONSTRAINT {SqlNames.Quote(constraint.Name)} {(constraint.Kind == 'p' ? "PRIMARY KEY" : "UNIQUE")} "
            + $"USING INDEX {SqlNames.Quote(copy)}{(deferrable < 0 ? "" : constraint.Definition[deferrable..])}");
    }

    /// <summary>A copy takes the place of a check or a foreign key, here or on a table that refers to this one.</summary>
    public void Replace(string owner, ConstraintFacts constraint, string copy, string? references)
    {
        _keys.Add($"ALTER TABLE {owner} DROP CONSTRAINT {SqlNames.Quote(constraint.Name)}");
        _named.Add($"ALTER TABLE {owner} RENAME CONSTRAINT {SqlNames.Quote(copy)} TO {SqlNames.Quote(constraint.Name)}");
        _others.Add(new DdlLock(owner, DdlLockMode.AccessExclusive));
        if (references is not null)
        {
            _others.Add(new DdlLock(references, DdlLockMode.AccessExclusive));
        }
    }

    public DdlStep Make() => Steps.Transaction(
        "Changes names and drops the old column in one short lock; no row is read or written.",
        table.Locked(DdlLockMode.AccessExclusive).Concat(_others.Where(other => !string.Equals(other.Relation, table.Sql, StringComparison.Ordinal))),
        [
            $"LOCK TABLE {table.Sql} IN ACCESS EXCLUSIVE MODE",
            .. KeepIdentity(),
            .. _first,
            .. _keys, // before the indexes that they need
            .. _indexes,
            .. Defaults(),
            $"ALTER TABLE {table.Sql} DROP COLUMN {SqlNames.Quote(column)}",
            $"ALTER TABLE {table.Sql} RENAME COLUMN {SqlNames.Quote(replacement)} TO {SqlNames.Quote(column)}",
            .. _named,
            .. GiveIdentity(),
            .. extras.Restored,
        ]);

    private IEnumerable<string> Defaults()
    {
        if (_old.Default is { } value)
        {
            yield return $"ALTER TABLE {table.Sql} ALTER COLUMN {SqlNames.Quote(replacement)} SET DEFAULT {value}";
        }

        // A sequence of the old column would be dropped with it; that of an identity is, and made again.
        foreach (var (sequence, _) in table.Facts!.OwnedSequences.Where(owned => owned.Column == _old.Number && owned.Sequence != extras.Identity?.Sequence))
        {
            yield return $"ALTER SEQUENCE {sequence} OWNED BY {table.Sql}.{SqlNames.Quote(replacement)}";
        }
    }

    private IEnumerable<string> KeepIdentity() => extras.Identity is not { } identity ? [] :
        [$"SELECT pg_catalog.set_config('{Kept}', last_value || ' ' || is_called, true) FROM {identity.Sequence}"];

    private IEnumerable<string> GiveIdentity() => extras.Identity is not { } identity ? [] :
    [
        $"ALTER TABLE {table.Sql} ALTER COLUMN {SqlNames.Quote(column)} ADD GENERATED {(identity.Always ? "ALWAYS" : "BY DEFAULT")} AS IDENTITY ({identity.Options})",
        $"SELECT pg_catalog.setval({SqlNames.Literal(identity.Sequence.ToString())}::pg_catalog.regclass, pg_catalog.split_part(pg_catalog.current_setting('{Kept}'), ' ', 1)::bigint, "
            + $"pg_catalog.split_part(pg_catalog.current_setting('{Kept}'), ' ', 2)::boolean)",
    ];
}
