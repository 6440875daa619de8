namespace PgScale.Ddl.Text;

/// <summary>Reads the usual forms of SELECT, for views and tables made by a query, and collects the relations that they read.</summary>
internal sealed class SqlQueryReader
{
    private readonly SqlCursor _cursor;
    private readonly SqlExpressionReader _expressions;
    private readonly List<SqlName> _reads = [];
    private readonly HashSet<string> _common = new(StringComparer.Ordinal);

    public SqlQueryReader(SqlCursor cursor, SqlTypeReader types)
    {
        _cursor = cursor;
        _expressions = new SqlExpressionReader(cursor, types) { InQuery = true, Query = () => Query() };
    }

    public IReadOnlyList<SqlName> Reads => _reads;

    /// <summary>A query with everything.</summary>
    public bool Query() => _cursor.Deeper(() =>
    {
        if (_cursor.Accept("with"))
        {
            _cursor.Accept("recursive");
            _cursor.List(CommonTable);
        }

        Part();
        while (_cursor.AcceptAny("union", "intersect", "except") is not null)
        {
            _ = _cursor.AcceptAny("all", "distinct");
            Part();
        }

        OrderAndLimit();
        return true;
    });

    private bool CommonTable()
    {
        _common.Add(_cursor.Name());
        if (_cursor.AtSign("("))
        {
            _cursor.Names();
        }

        _cursor.Expect("as");
        _ = _cursor.Accept("materialized") || _cursor.Accept("not", "materialized");
        _cursor.ExpectSign("(");
        Query();
        _cursor.ExpectSign(")");
        return true;
    }

    private void Part()
    {
        if (_cursor.AcceptSign("("))
        {
            Query();
            _cursor.ExpectSign(")");
        }
        else if (_cursor.Accept("values"))
        {
            _cursor.List(() => _cursor.Bracketed(_expressions.Read));
        }
        else
        {
            _cursor.Expect("select");
            Select();
        }
    }

    private void Select()
    {
        if (_cursor.Accept("distinct"))
        {
            if (_cursor.Accept("on"))
            {
                _cursor.Bracketed(_expressions.Read);
            }
        }
        else
        {
            _cursor.Accept("all");
        }

        _cursor.List(Target);
        if (_cursor.Accept("from"))
        {
            _cursor.List(Source);
        }

        if (_cursor.Accept("where"))
        {
            _expressions.Read();
        }

        if (_cursor.Accept("group", "by"))
        {
            _cursor.List(_expressions.Read);
        }

        if (_cursor.Accept("having"))
        {
            _expressions.Read();
        }
    }

    private void OrderAndLimit()
    {
        if (_cursor.Accept("order", "by"))
        {
            _cursor.List(() =>
            {
                _expressions.Ordering();
                return true;
            });
        }

        if (_cursor.Accept("limit") && !_cursor.Accept("all"))
        {
            _expressions.Read();
        }

        if (_cursor.Accept("offset"))
        {
            _expressions.Read();
        }
    }

    private bool Target()
    {
        if (_cursor.AcceptSign("*") || AllOfTable())
        {
            return true;
        }

        _expressions.Read();
        if (_cursor.Accept("as"))
        {
            _cursor.Label();
        }
        else if (_cursor.Current.Kind == SqlTokenKind.QuotedName || (_cursor.Current.Kind == SqlTokenKind.Word && SqlKeywords.IsPlain(_cursor.Current.Value)))
        {
            _cursor.Take();
        }

        return true;
    }

    private bool AllOfTable()
    {
        if (!SqlCursor.IsName(_cursor.Current) || !_cursor.Peek(1).IsSign(".") || !_cursor.Peek(2).IsSign("*"))
        {
            return false;
        }

        _cursor.Take();
        _cursor.Take();
        _cursor.Take();
        return true;
    }

    private bool Source() => _cursor.Deeper(() =>
    {
        Primary();
        while (Join())
        {
        }

        return true;
    });

    private bool Join()
    {
        if (_cursor.Accept("cross", "join"))
        {
            Primary();
            return true;
        }

        if (_cursor.AcceptAny("left", "right", "full") is not null)
        {
            _cursor.Accept("outer");
            _cursor.Expect("join");
        }
        else if (!_cursor.Accept("inner", "join") && !_cursor.Accept("join"))
        {
            return false;
        }

        Primary();
        if (_cursor.Accept("using"))
        {
            _cursor.Names();
        }
        else
        {
            _cursor.Expect("on");
            _expressions.Read();
        }

        return true;
    }

    private void Primary()
    {
        var lateral = _cursor.Accept("lateral");
        if (_cursor.AcceptSign("("))
        {
            Query();
            _cursor.ExpectSign(")");
            Alias(needed: true);
        }
        else if (_cursor.Peek(1).IsSign("(") || (_cursor.Peek(1).IsSign(".") && _cursor.Peek(3).IsSign("(")))
        {
            _ = _cursor.AtName || _cursor.AtAny("left", "right") ? _expressions.ReadPrimary() : throw _cursor.Unexpected("a table");
            Alias(needed: false);
        }
        else
        {
            _ = lateral ? throw _cursor.Unexpected() : Relation();
            Alias(needed: false);
        }
    }

    private bool Relation()
    {
        _cursor.Accept("only");
        SqlName name = _cursor.QualifiedName();
        if (name.Schema is not null || !_common.Contains(name.Name))
        {
            _reads.Add(name);
        }

        return true;
    }

    private void Alias(bool needed)
    {
        if (_cursor.Accept("as"))
        {
            _cursor.Name();
        }
        else if (!_cursor.TryName(out _))
        {
            _ = needed ? throw _cursor.Unexpected("an alias") : true;
            return;
        }

        if (_cursor.AtSign("("))
        {
            _cursor.Names();
        }
    }
}
