using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Text;

/// <summary>Reads what belongs to a table and is made by itself: triggers, policies, statistics, comments.</summary>
internal sealed class TableObjectReader(SqlReaders readers)
{
    private readonly SqlCursor _cursor = readers.Cursor;

    /// <summary>From behind TRIGGER.</summary>
    public OnTable Trigger(bool constraint)
    {
        _cursor.Name();
        if (constraint)
        {
            _cursor.Expect("after");
        }
        else
        {
            _ = _cursor.AcceptAny("before", "after") is not null || _cursor.Accept("instead", "of") ? true : throw _cursor.Unexpected("BEFORE or AFTER");
        }

        Events();
        _cursor.Expect("on");
        SqlName table = _cursor.QualifiedName();
        SqlName? other = constraint ? ConstraintTrigger() : Transition();
        Level(constraint);
        if (_cursor.Accept("when"))
        {
            _cursor.ExpectSign("(");
            readers.Expressions.Read();
            _cursor.ExpectSign(")");
        }

        Call();
        return new OnTable("CREATE TRIGGER", other is null
            ? [(table, DdlLockMode.ShareRowExclusive)]
            : [(table, DdlLockMode.ShareRowExclusive), (other, DdlLockMode.AccessShare)]);
    }

    /// <summary>From behind POLICY.</summary>
    public OnTable Policy(bool create)
    {
        _cursor.Name();
        _cursor.Expect("on");
        SqlName table = _cursor.QualifiedName();
        if (create)
        {
            PolicyKind();
        }

        if (_cursor.Accept("to"))
        {
            _cursor.List(PublicOrRole);
        }

        PolicyExpression("using");
        if (_cursor.Accept("with"))
        {
            _ = _cursor.At("check") ? true : throw _cursor.Unexpected("CHECK");
            PolicyExpression("check");
        }

        return new OnTable(create ? "CREATE POLICY" : "ALTER POLICY", [(table, DdlLockMode.AccessExclusive)]);
    }

    /// <summary>From behind STATISTICS.</summary>
    public OnTable Statistics()
    {
        _cursor.AcceptIfNotExists();
        _cursor.AnyName();
        if (_cursor.AtSign("("))
        {
            _cursor.Bracketed(() => _cursor.AcceptAny("ndistinct", "dependencies", "mcv") ?? throw _cursor.Unexpected("a kind of statistics"));
        }

        _cursor.Expect("on");
        _cursor.List(() => _cursor.AtSign("(") ? readers.Expressions.ReadPrimary().Text : _cursor.Name());
        _cursor.Expect("from");
        return new OnTable("CREATE STATISTICS", [(_cursor.QualifiedName(), DdlLockMode.ShareUpdateExclusive)]);
    }

    /// <summary>From behind COMMENT.</summary>
    public DdlStatement Comment()
    {
        _cursor.Expect("on");
        DdlStatement statement = Commented();
        _cursor.Expect("is");
        _ = _cursor.Accept("null") ? "" : _cursor.String();
        return statement;
    }

    private OnTable On(SqlName relation, DdlLockMode mode) => new("COMMENT", [(relation, mode)]);

    private DdlStatement Commented()
    {
        if (_cursor.Accept("materialized", "view") || _cursor.Accept("foreign", "table"))
        {
            return On(_cursor.QualifiedName(), DdlLockMode.ShareUpdateExclusive);
        }

        var kind = _cursor.AcceptAny("table", "view", "index", "sequence", "column", "constraint", "trigger", "policy", "rule", "function", "procedure", "type", "domain", "schema", "extension")
            ?? throw _cursor.Unexpected("what to comment on");
        switch (kind)
        {
            case "table" or "view" or "index" or "sequence":
                return On(_cursor.QualifiedName(), DdlLockMode.ShareUpdateExclusive);
            case "column":
                return On(TableOfColumn(), DdlLockMode.ShareUpdateExclusive);
            case "constraint" or "trigger" or "policy" or "rule":
                return CommentedPart(kind);
            case "function" or "procedure":
                SqlName function = _cursor.FunctionName();
                new FunctionReader(readers).Signature();
                return new Plain("COMMENT") { Subject = function };
            case "type" or "domain":
                SqlType type = readers.Types.Read();
                return new Plain("COMMENT") { Subject = new SqlName(type.Schema, type.Name) };
            default:
                return new Plain("COMMENT") { Subject = new SqlName(null, _cursor.Name()) };
        }
    }

    private DdlStatement CommentedPart(string kind)
    {
        _cursor.Name();
        _cursor.Expect("on");
        if (kind == "constraint" && _cursor.Accept("domain"))
        {
            return new Plain("COMMENT") { Subject = _cursor.AnyName() };
        }

        return On(_cursor.QualifiedName(), DdlLockMode.AccessShare);
    }

    // table.column or schema.table.column
    private SqlName TableOfColumn()
    {
        SqlName name = new(null, _cursor.Name());
        _cursor.ExpectSign(".");
        var second = _cursor.Label();
        if (!_cursor.AcceptSign("."))
        {
            return name;
        }

        _cursor.Label();
        return new SqlName(name.Name, second);
    }

    private void Events()
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        do
        {
            var on = _cursor.AcceptAny("insert", "update", "delete", "truncate") ?? throw _cursor.Unexpected("an event");
            _ = seen.Add(on) ? true : throw _cursor.Unexpected("another event");
            if (on == "update" && _cursor.Accept("of"))
            {
                _cursor.List(_cursor.Name);
            }
        }
        while (_cursor.Accept("or"));
    }

    private SqlName? ConstraintTrigger()
    {
        SqlName? other = _cursor.Accept("from") ? _cursor.QualifiedName() : null;
        var never = _cursor.Accept("not", "deferrable");
        _ = never || _cursor.Accept("deferrable");
        if (_cursor.Accept("initially"))
        {
            var when = _cursor.AcceptAny("deferred", "immediate") ?? throw _cursor.Unexpected();
            _ = never && when == "deferred" ? throw _cursor.Unexpected() : true;
        }

        return other;
    }

    private SqlName? Transition()
    {
        if (_cursor.Accept("referencing"))
        {
            do
            {
                _ = _cursor.AcceptAny("new", "old") ?? throw _cursor.Unexpected("NEW or OLD");
                _cursor.Expect("table");
                _cursor.Accept("as");
                _cursor.Name();
            }
            while (_cursor.AtAny("new", "old"));
        }

        return null;
    }

    private void Level(bool constraint)
    {
        if (_cursor.Accept("for"))
        {
            _ = _cursor.Accept("each") || !constraint ? true : throw _cursor.Unexpected("EACH");
            _ = _cursor.AcceptAny("row", constraint ? "row" : "statement") ?? throw _cursor.Unexpected("ROW");
        }
        else if (constraint)
        {
            throw _cursor.Unexpected("FOR EACH ROW");
        }
    }

    private void Call()
    {
        _cursor.Expect("execute");
        _ = _cursor.AcceptAny("function", "procedure") ?? throw _cursor.Unexpected("FUNCTION");
        _cursor.FunctionName();
        _cursor.ExpectSign("(");
        if (!_cursor.AtSign(")"))
        {
            _cursor.List(() => _cursor.Current.Kind is SqlTokenKind.Text or SqlTokenKind.Integer ? _cursor.Take().Value : _cursor.Label());
        }

        _cursor.ExpectSign(")");
    }

    private void PolicyKind()
    {
        if (_cursor.Accept("as"))
        {
            _ = _cursor.AcceptAny("permissive", "restrictive") ?? throw _cursor.Unexpected("PERMISSIVE or RESTRICTIVE");
        }

        if (_cursor.Accept("for"))
        {
            _ = _cursor.AcceptAny("all", "select", "insert", "update", "delete") ?? throw _cursor.Unexpected("a command");
        }
    }

    private void PolicyExpression(string word)
    {
        if (_cursor.Accept(word))
        {
            _cursor.ExpectSign("(");
            readers.Expressions.Read();
            _cursor.ExpectSign(")");
        }
    }

    private bool PublicOrRole()
    {
        if (!_cursor.Accept("public"))
        {
            readers.Role();
        }

        return true;
    }
}
