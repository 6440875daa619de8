namespace PgScale.Ddl.Text;

/// <summary>
/// Reads expressions by the precedences of the server's grammar (a_expr, b_expr and c_expr of gram.y), a little stricter: what does not
/// associate is not repeated. The stricter reading refuses some rare right statements and accepts no wrong one.
/// </summary>
internal sealed class SqlExpressionReader
{
    private const int Or = 1, And = 2, Not = 3, Is = 4, Comparison = 5, Like = 6, AnyOperator = 7, Sum = 8, Product = 9, Power = 10, AtZone = 11, Collate = 12, Sign = 13;

    private readonly SqlCursor _cursor;
    private readonly SqlTypeReader _types;
    private readonly SqlExpressionParts _parts = new();
    private readonly SqlCallReader _calls;
    private readonly SqlPrimaryReader _primary;

    public SqlExpressionReader(SqlCursor cursor, SqlTypeReader types)
    {
        _cursor = cursor;
        _types = types;
        _calls = new(this, cursor);
        _primary = new(this, _calls, cursor, types, _parts);
    }

    /// <summary>Reads queries inside of expressions; null refuses them.</summary>
    public Action? Query { get; set; }

    /// <summary>Whether aggregates may carry DISTINCT, FILTER and OVER: in queries only.</summary>
    public bool InQuery { get; set; }

    /// <summary>Any expression (a_expr).</summary>
    public SqlExpression Read() => Collected(() => Operand(Or));

    /// <summary>The expression behind DEFAULT, which ends in front of NOT, COLLATE and the like (b_expr).</summary>
    public SqlExpression ReadRestricted() => Collected(() => Restricted(Comparison));

    /// <summary>A single value, name, call or bracket (c_expr).</summary>
    public SqlExpression ReadPrimary() => Collected(_primary.Read);

    /// <summary>One item behind ORDER BY.</summary>
    public void Ordering() => _calls.Ordering();

    /// <summary>Any expression as a part of another.</summary>
    internal void Any() => Operand(Or);

    /// <summary>A restricted expression as a part of another.</summary>
    internal void Restricted() => Restricted(Comparison);

    /// <summary>A query, or what else may stand in its place.</summary>
    internal void QueryOr(Action other)
    {
        if (_cursor.AtAny("select", "with", "values", "table"))
        {
            SubQuery();
        }
        else
        {
            other();
        }
    }

    internal void SubQuery()
    {
        _parts.HasQuery = true;
        (Query ?? throw new SqlSyntaxException("A query has no place here.", _cursor.Current.Start))();
    }

    private SqlExpression Collected(Action read)
    {
        var (functions, columns, casts) = (_parts.Functions.Count, _parts.Columns.Count, _parts.Casts.Count);
        var start = _cursor.Index;
        var isNull = _cursor.At("null");
        read();
        var text = _cursor.TextFrom(start);
        var plainNull = isNull && (text.Length == 4 || _cursor.Peek(start + 1 - _cursor.Index).IsSign("::"));
        return new SqlExpression(text, _parts.Functions[functions..], _parts.Columns[columns..], plainNull, _parts.Casts[casts..], _parts.HasQuery);
    }

    private void Operand(int least)
    {
        _cursor.Deeper(() =>
        {
            Prefixed(least);
            while (Infix(least))
            {
            }

            return true;
        });
    }

    private void Prefixed(int least)
    {
        if (_cursor.At("not") && least <= Not)
        {
            _cursor.Take();
            Operand(Not);
        }
        else if (_cursor.AcceptSign("-") || _cursor.AcceptSign("+"))
        {
            Operand(Sign);
        }
        else if (AtOtherOperator && least <= AnyOperator)
        {
            _cursor.Take();
            Operand(AnyOperator + 1);
        }
        else
        {
            _primary.Read();
            Casts();
        }
    }

    private bool Infix(int least)
    {
        return _cursor.Current.Kind switch
        {
            SqlTokenKind.Word => WordInfix(least),
            SqlTokenKind.Sign => SignInfix(least),
            _ => false,
        };
    }

    private bool SignInfix(int least)
    {
        var level = LevelOfSign();
        if (level == 0 || level < least)
        {
            return false;
        }

        _cursor.Take();
        if (_cursor.AtAny("any", "some", "all") && _cursor.Peek(1).IsSign("("))
        {
            // The level of this form is that of any operator, so it has to stand alone here.
            _cursor.Take();
            _cursor.ExpectSign("(");
            QueryOr(() => Operand(Or));
            _cursor.ExpectSign(")");
            return level != Comparison || NotChained();
        }

        Operand(level + 1);
        return level != Comparison || NotChained();

        bool NotChained() => LevelOfSign() == Comparison ? throw _cursor.Unexpected() : true;
    }

    private int LevelOfSign() => _cursor.Current.Kind != SqlTokenKind.Sign ? 0 : _cursor.Current.Value switch
    {
        "=" or "<" or ">" or "<=" or ">=" or "<>" => Comparison,
        "+" or "-" => Sum,
        "*" or "/" or "%" => Product,
        "^" => Power,
        _ => AtOtherOperator ? AnyOperator : 0,
    };

    private bool AtOtherOperator =>
        _cursor.Current.Kind == SqlTokenKind.Sign && SqlCharacters.IsOperator(_cursor.Current.Value[0]) && _cursor.Current.Value is not
            ("=" or "<" or ">" or "<=" or ">=" or "<>" or "+" or "-" or "*" or "/" or "%" or "^" or "=>");

    private bool WordInfix(int least)
    {
        switch (_cursor.Current.Value)
        {
            case "or" when least <= Or:
                _cursor.Take();
                Operand(And);
                return true;
            case "and" when least <= And:
                _cursor.Take();
                Operand(Not);
                return true;
            case "is" when least <= Is:
                IsTest();
                return Once(_cursor.AtAny("is", "isnull", "notnull"));
            case "isnull" or "notnull" when least <= Is:
                _cursor.Take();
                return Once(_cursor.AtAny("is", "isnull", "notnull"));
            case "at" when least <= AtZone && _cursor.At("at", "time", "zone"):
                _cursor.Accept("at", "time", "zone");
                Operand(Collate);
                return true;
            case "collate" when least <= Collate:
                _cursor.Take();
                _cursor.AnyName();
                return true;
            default:
                return least <= Like && Matching();
        }
    }

    private bool Once(bool again) => again ? throw _cursor.Unexpected() : true;

    private void IsTest()
    {
        _cursor.Take();
        _cursor.Accept("not");
        if (_cursor.Accept("distinct", "from"))
        {
            Operand(Comparison);
        }
        else if (_cursor.AcceptAny("null", "true", "false", "unknown") is null)
        {
            throw _cursor.Unexpected();
        }
    }

    private bool Matching()
    {
        var negated = _cursor.At("not") && _cursor.Peek(1) is { Kind: SqlTokenKind.Word, Value: "in" or "like" or "ilike" or "between" or "similar" };
        if (!negated && !_cursor.AtAny("in", "like", "ilike", "between", "similar"))
        {
            return false;
        }

        _ = negated && _cursor.Accept("not");
        var word = _cursor.Take().Value;
        switch (word)
        {
            case "in":
                InList();
                break;
            case "between":
                _ = _cursor.Accept("symmetric") || _cursor.Accept("asymmetric");
                Restricted(AnyOperator);
                _cursor.Expect("and");
                Operand(AnyOperator);
                break;
            case "similar":
                _cursor.Expect("to");
                Operand(AnyOperator);
                break;
            default:
                Operand(AnyOperator);
                break;
        }

        if (word is not ("in" or "between") && _cursor.Accept("escape"))
        {
            Operand(AnyOperator);
        }

        return Once(_cursor.AtAny("in", "like", "ilike", "between", "similar")
            || (_cursor.At("not") && _cursor.Peek(1) is { Kind: SqlTokenKind.Word, Value: "in" or "like" or "ilike" or "between" or "similar" }));
    }

    private void InList()
    {
        _cursor.ExpectSign("(");
        QueryOr(() => _calls.Arguments(plain: true));
        _cursor.ExpectSign(")");
    }

    private void Restricted(int least)
    {
        _cursor.Deeper(() =>
        {
            if (_cursor.AcceptSign("-") || _cursor.AcceptSign("+"))
            {
                Restricted(Sign);
            }
            else if (AtOtherOperator && least <= AnyOperator)
            {
                _cursor.Take();
                Restricted(AnyOperator + 1);
            }
            else
            {
                _primary.Read();
                Casts();
            }

            while (RestrictedInfix(least))
            {
            }

            return true;
        });
    }

    private bool RestrictedInfix(int least)
    {
        var level = LevelOfSign();
        if (level == 0 || level < least)
        {
            return false;
        }

        _cursor.Take();
        Restricted(level + 1);
        return level != Comparison || Once(LevelOfSign() == Comparison);
    }

    private void Casts()
    {
        while (_cursor.AcceptSign("::"))
        {
            _parts.Casts.Add(_types.Read());
        }
    }

}
