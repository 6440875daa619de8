using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Text;

/// <summary>Reads ALTER TABLE, INDEX, VIEW, MATERIALIZED VIEW, SEQUENCE and FOREIGN TABLE, from behind the words that name the kind.</summary>
internal sealed class AlterTableReader(SqlReaders readers)
{
    private readonly SqlCursor _cursor = readers.Cursor;
    private int _start;

    public DdlStatement Read(string command, RelationKind kind)
    {
        _ = _cursor.At("all") ? throw _cursor.Unexpected("one relation") : true;
        var ifExists = _cursor.AcceptIfExists();
        var only = kind is RelationKind.Table or RelationKind.ForeignTable && _cursor.Accept("only");
        SqlName relation = _cursor.QualifiedName();
        _ = kind is RelationKind.Table && !only && _cursor.AcceptSign("*");
        if (_cursor.Accept("rename"))
        {
            return Rename(command, kind, relation);
        }

        if (kind != RelationKind.Index && _cursor.Accept("set", "schema"))
        {
            return new SetSchema(command, kind, relation, _cursor.Name());
        }

        if (kind == RelationKind.Sequence && SequenceOptions(command, ifExists, relation) is { } sequence)
        {
            return sequence;
        }

        List<AlterAction> actions = _cursor.List(() => Action(kind));
        _ = actions.Count > 1 && actions.Any(StandsAlone) ? throw _cursor.Unexpected("one action") : true;
        return new AlterTable(command, kind, relation, ifExists, only, actions);
    }

    private static bool StandsAlone(AlterAction action) => action is AlterAction.AttachPartition or AlterAction.DetachPartition or AlterAction.AttachIndex;

    private Rename Rename(string command, RelationKind kind, SqlName relation)
    {
        if (_cursor.Accept("to"))
        {
            return new Rename(command, kind, relation, null, null, _cursor.Name());
        }

        // Views and tables have columns, tables constraints, indexes and sequences neither.
        var constraint = kind == RelationKind.Table && _cursor.Accept("constraint");
        _ = kind is RelationKind.Index or RelationKind.Sequence ? throw _cursor.Unexpected("TO") : !constraint && _cursor.Accept("column");
        var from = _cursor.Name();
        _cursor.Expect("to");
        return new Rename(command, kind, relation, constraint ? "CONSTRAINT" : "COLUMN", from, _cursor.Name());
    }

    private AlterTable? SequenceOptions(string command, bool ifExists, SqlName sequence)
    {
        if (_cursor.At("owner"))
        {
            return null;
        }

        SqlName? owner = null;
        _start = _cursor.Index;
        _ = readers.Options.Sequence(name => owner = name) > 0 ? true : throw _cursor.Unexpected("an option of the sequence");
        AlterAction action = owner is null ? Plain(DdlLockMode.ShareRowExclusive) : new AlterAction.OwnedBy(_cursor.TextFrom(_start), owner);
        return new AlterTable(command, RelationKind.Sequence, sequence, ifExists, false, [action]);
    }

    private AlterAction Action(RelationKind kind)
    {
        _start = _cursor.Index;
        return kind switch
        {
            RelationKind.Index => IndexAction(),
            RelationKind.Table or RelationKind.ForeignTable => TableAction(),
            _ => ViewAction(kind),
        };
    }

    private AlterAction.Plain Plain(DdlLockMode mode) => new(_cursor.TextFrom(_start), mode);

    private string Text => _cursor.TextFrom(_start);

    private AlterAction IndexAction()
    {
        if (_cursor.Accept("attach", "partition"))
        {
            SqlName index = _cursor.QualifiedName();
            return new AlterAction.AttachIndex(Text, index);
        }

        if (_cursor.Accept("set", "tablespace"))
        {
            var space = _cursor.Name();
            return new AlterAction.Copy(Text, $"TABLESPACE {space}");
        }

        if (_cursor.Accept("alter"))
        {
            _cursor.Accept("column");
            _cursor.Integer();
            _cursor.Expect("set", "statistics");
            _cursor.Number();
            return Plain(DdlLockMode.ShareUpdateExclusive);
        }

        return RelationOptions() ?? throw _cursor.Unexpected("an action");
    }

    private AlterAction ViewAction(RelationKind kind)
    {
        if (Owner() is { } owner)
        {
            return owner;
        }

        if (kind == RelationKind.MaterializedView && _cursor.Accept("set", "tablespace"))
        {
            var space = _cursor.Name();
            return new AlterAction.Copy(Text, $"TABLESPACE {space}");
        }

        if (kind != RelationKind.Sequence && _cursor.Accept("alter"))
        {
            return ViewColumn();
        }

        AlterAction.Plain options = RelationOptions() ?? throw _cursor.Unexpected("an action");
        return kind == RelationKind.View ? options with { Mode = DdlLockMode.AccessExclusive } : options;
    }

    private AlterAction.Plain ViewColumn()
    {
        _cursor.Accept("column");
        _cursor.Name();
        if (_cursor.Accept("drop"))
        {
            _cursor.Expect("default");
        }
        else
        {
            _cursor.Expect("set", "default");
            readers.Expressions.Read();
        }

        return Plain(DdlLockMode.AccessExclusive);
    }

    private AlterAction TableAction()
    {
        switch (_cursor.Current.Value)
        {
            case "add" when _cursor.Accept("add"):
                return Add();
            case "drop" when _cursor.Accept("drop"):
                return Drop();
            case "alter" when _cursor.Accept("alter"):
                return _cursor.Accept("constraint") ? AlterConstraint() : new AlterColumnReader(readers, _start).Read();
            case "validate" when _cursor.Accept("validate", "constraint"):
                var name = _cursor.Name();
                return new AlterAction.ValidateConstraint(Text, name);
            case "attach" when _cursor.Accept("attach", "partition"):
                return Attach();
            case "detach" when _cursor.Accept("detach", "partition"):
                return Detach();
            case "enable" or "disable" or "force" or "no" or "inherit" or "replica" or "cluster":
                return Switch();
            default:
                return Owner() ?? SetTable() ?? RelationOptions() ?? throw _cursor.Unexpected("an action");
        }
    }

    private AlterAction Add()
    {
        // Behind ADD a word that begins a constraint is one: the names are reserved, except EXCLUDE.
        if (readers.Constraints.AtTableConstraint)
        {
            Constraint constraint = readers.Constraints.TableConstraint();
            return new AlterAction.AddConstraint(Text, constraint);
        }

        _cursor.Accept("column");
        var ifNotExists = _cursor.AcceptIfNotExists();
        ColumnDefinition column = readers.Constraints.Column(readers.Types);
        return new AlterAction.AddColumn(Text, column, ifNotExists);
    }

    private AlterAction Drop()
    {
        var constraint = _cursor.Accept("constraint");
        _ = !constraint && _cursor.Accept("column");
        var ifExists = _cursor.AcceptIfExists();
        var name = _cursor.Name();
        var cascade = _cursor.AcceptCascade();
        return constraint
            ? new AlterAction.DropConstraint(Text, name, ifExists, cascade)
            : new AlterAction.DropColumn(Text, name, ifExists, cascade);
    }

    private AlterAction.Plain AlterConstraint()
    {
        _cursor.Name();
        var start = _cursor.Index;
        _ = _cursor.Accept("not", "deferrable") || _cursor.Accept("deferrable");
        if (_cursor.Accept("initially"))
        {
            _ = _cursor.AcceptAny("immediate") ?? throw _cursor.Unexpected("IMMEDIATE");
        }

        return _cursor.Index > start ? Plain(DdlLockMode.AccessExclusive) : throw _cursor.Unexpected("DEFERRABLE");
    }

    private AlterAction.AttachPartition Attach()
    {
        SqlName partition = _cursor.QualifiedName();
        var start = _cursor.Index;
        var isDefault = readers.PartitionBound();
        return new AlterAction.AttachPartition(Text, partition, _cursor.TextFrom(start), isDefault);
    }

    private AlterAction.DetachPartition Detach()
    {
        SqlName partition = _cursor.QualifiedName();
        var concurrently = _cursor.Accept("concurrently");
        var finalize = !concurrently && _cursor.Accept("finalize");
        return new AlterAction.DetachPartition(Text, partition, concurrently, finalize);
    }

    private AlterAction Switch()
    {
        if (_cursor.Accept("cluster"))
        {
            _cursor.Expect("on");
            _cursor.Name();
            return Plain(DdlLockMode.ShareUpdateExclusive);
        }

        if (_cursor.Accept("replica", "identity"))
        {
            _ = _cursor.AcceptAny("nothing", "full", "default") ?? (_cursor.Accept("using", "index") ? _cursor.Name() : throw _cursor.Unexpected());
            return Plain(DdlLockMode.AccessExclusive);
        }

        if (_cursor.At("inherit") || _cursor.At("no", "inherit"))
        {
            var add = !_cursor.Accept("no");
            _cursor.Expect("inherit");
            SqlName parent = _cursor.QualifiedName();
            return new AlterAction.Inherit(Text, parent, add);
        }

        return Enable();
    }

    private AlterAction.Plain Enable()
    {
        var forced = _cursor.Accept("force") || _cursor.Accept("no", "force");
        var enable = !forced && _cursor.AcceptAny("enable", "disable") is "enable";
        if (_cursor.Accept("row", "level", "security"))
        {
            return Plain(DdlLockMode.AccessExclusive);
        }

        _ = forced ? throw _cursor.Unexpected("ROW LEVEL SECURITY") : true;
        var always = enable && _cursor.AcceptAny("replica", "always") is not null;
        var trigger = _cursor.AcceptAny("trigger", "rule") is { } what ? what == "trigger" : throw _cursor.Unexpected("TRIGGER or RULE");
        _ = trigger && !always && _cursor.AcceptAny("all", "user") is { } all ? all : _cursor.Name();
        return Plain(trigger ? DdlLockMode.ShareRowExclusive : DdlLockMode.AccessExclusive);
    }

    private AlterAction.Plain? Owner()
    {
        if (!_cursor.Accept("owner", "to"))
        {
            return null;
        }

        readers.Role();
        return Plain(DdlLockMode.AccessExclusive);
    }

    private AlterAction? SetTable()
    {
        if (_cursor.Accept("set", "tablespace"))
        {
            var space = _cursor.Name();
            return new AlterAction.Copy(Text, $"TABLESPACE {space}");
        }

        if (_cursor.Accept("set", "access", "method"))
        {
            var method = _cursor.Name();
            return new AlterAction.Copy(Text, $"ACCESS METHOD {method}");
        }

        if (_cursor.Accept("set", "logged") || _cursor.Accept("set", "unlogged"))
        {
            return new AlterAction.Copy(Text, _cursor.Peek(-1).Value.ToUpperInvariant());
        }

        return _cursor.Accept("set", "without", "cluster") ? Plain(DdlLockMode.ShareUpdateExclusive) : null;
    }

    private AlterAction.Plain? RelationOptions()
    {
        if (!(_cursor.At("set") || _cursor.At("reset")) || !_cursor.Peek(1).IsSign("("))
        {
            return null;
        }

        List<string> names = _cursor.Take().Value == "set" ? readers.Options.Relation() : readers.Options.Names();
        return Plain(names.All(TakesWeakLock) ? DdlLockMode.ShareUpdateExclusive : DdlLockMode.AccessExclusive);
    }

    // reloptions.c: storage parameters that do not change what other sessions may do meanwhile.
    private static bool TakesWeakLock(string name) =>
        name is "fillfactor" or "toast_tuple_target" or "parallel_workers" or "vacuum_index_cleanup" or "vacuum_truncate" or "log_autovacuum_min_duration"
            or "toast.vacuum_index_cleanup" or "toast.vacuum_truncate" or "toast.log_autovacuum_min_duration" or "deduplicate_items"
        || name.StartsWith("autovacuum_", StringComparison.Ordinal) || name.StartsWith("toast.autovacuum_", StringComparison.Ordinal);
}
