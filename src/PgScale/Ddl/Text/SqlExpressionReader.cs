namespace PgScale.Ddl.Text;

/// <summary>
/// Reads expressions by the precedences of the server's grammar (a_expr, b_expr and c_expr of gram.y), a little stricter: what does not
/// associate is not repeated. The stricter reading refuses some rare right statements and accepts no wrong one.
/// </summary>
internal sealed class SqlExpressionReader(SqlCursor cursor, SqlTypeReader types)
{
    private const int Or = 1, And = 2, Not = 3, Is = 4, Comparison = 5, Like = 6, AnyOperator = 7, Sum = 8, Product = 9, Power = 10, AtZone = 11, Collate = 12, Sign = 13;

    private readonly List<SqlName> _functions = [];
    private readonly List<string> _columns = [];
    private readonly List<SqlType> _casts = [];
    private bool _hasQuery;

    /// <summary>Reads queries inside of expressions; null refuses them.</summary>
    public Action? Query { get; set; }

    /// <summary>Whether aggregates may carry DISTINCT, FILTER and OVER: in queries only.</summary>
    public bool InQuery { get; set; }

    /// <summary>Any expression (a_expr).</summary>
    public SqlExpression Read() => Collected(() => Operand(Or));

    /// <summary>The expression behind DEFAULT, which ends in front of NOT, COLLATE and the like (b_expr).</summary>
    public SqlExpression ReadRestricted() => Collected(() => Restricted(Comparison));

    /// <summary>A single value, name, call or bracket (c_expr).</summary>
    public SqlExpression ReadPrimary() => Collected(Primary);

    private SqlExpression Collected(Action read)
    {
        var (functions, columns, casts) = (_functions.Count, _columns.Count, _casts.Count);
        var start = cursor.Index;
        var isNull = cursor.At("null");
        read();
        var text = cursor.TextFrom(start);
        var plainNull = isNull && (text.Length == 4 || cursor.Peek(start + 1 - cursor.Index).IsSign("::"));
        return new SqlExpression(text, _functions[functions..], _columns[columns..], plainNull, _casts[casts..], _hasQuery);
    }

    private void Operand(int least)
    {
        cursor.Deeper(() =>
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
        if (cursor.At("not") && least <= Not)
        {
            cursor.Take();
            Operand(Not);
        }
        else if (cursor.AcceptSign("-") || cursor.AcceptSign("+"))
        {
            Operand(Sign);
        }
        else if (AtOtherOperator && least <= AnyOperator)
        {
            cursor.Take();
            Operand(AnyOperator + 1);
        }
        else
        {
            Primary();
            Casts();
        }
    }

    private bool Infix(int least)
    {
        return cursor.Current.Kind switch
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

        cursor.Take();
        if (cursor.AtAny("any", "some", "all") && cursor.Peek(1).IsSign("("))
        {
            // The level of this form is that of any operator, so it has to stand alone here.
            cursor.Take();
            cursor.ExpectSign("(");
            QueryOr(() => Operand(Or));
            cursor.ExpectSign(")");
            return level != Comparison || NotChained();
        }

        Operand(level + 1);
        return level != Comparison || NotChained();

        bool NotChained() => LevelOfSign() == Comparison ? throw cursor.Unexpected() : true;
    }

    private int LevelOfSign() => cursor.Current.Kind != SqlTokenKind.Sign ? 0 : cursor.Current.Value switch
    {
        "=" or "<" or ">" or "<=" or ">=" or "<>" => Comparison,
        "+" or "-" => Sum,
        "*" or "/" or "%" => Product,
        "^" => Power,
        _ => AtOtherOperator ? AnyOperator : 0,
    };

    private bool AtOtherOperator =>
        cursor.Current.Kind == SqlTokenKind.Sign && SqlCharacters.IsOperator(cursor.Current.Value[0]) && cursor.Current.Value is not
            ("=" or "<" or ">" or "<=" or ">=" or "<>" or "+" or "-" or "*" or "/" or "%" or "^" or "=>");

    private bool WordInfix(int least)
    {
        switch (cursor.Current.Value)
        {
            case "or" when least <= Or:
                cursor.Take();
                Operand(And);
                return true;
            case "and" when least <= And:
                cursor.Take();
                Operand(Not);
                return true;
            case "is" when least <= Is:
                IsTest();
                return Once(cursor.AtAny("is", "isnull", "notnull"));
            case "isnull" or "notnull" when least <= Is:
                cursor.Take();
                return Once(cursor.AtAny("is", "isnull", "notnull"));
            case "at" when least <= AtZone && cursor.At("at", "time", "zone"):
                cursor.Accept("at", "time", "zone");
                Operand(Collate);
                return true;
            case "collate" when least <= Collate:
                cursor.Take();
                cursor.AnyName();
                return true;
            default:
                return least <= Like && Matching();
        }
    }

    private bool Once(bool again) => again ? throw cursor.Unexpected() : true;

    private void IsTest()
    {
        cursor.Take();
        cursor.Accept("not");
        if (cursor.Accept("distinct", "from"))
        {
            Operand(Comparison);
        }
        else if (cursor.AcceptAny("null", "true", "false", "unknown") is null)
        {
            throw cursor.Unexpected();
        }
    }

    private bool Matching()
    {
        var negated = cursor.At("not") && cursor.Peek(1) is { Kind: SqlTokenKind.Word, Value: "in" or "like" or "ilike" or "between" or "similar" };
        if (!negated && !cursor.AtAny("in", "like", "ilike", "between", "similar"))
        {
            return false;
        }

        _ = negated && cursor.Accept("not");
        var word = cursor.Take().Value;
        switch (word)
        {
            case "in":
                InList();
                break;
            case "between":
                _ = cursor.Accept("symmetric") || cursor.Accept("asymmetric");
                Restricted(AnyOperator);
                cursor.Expect("and");
                Operand(AnyOperator);
                break;
            case "similar":
                cursor.Expect("to");
                Operand(AnyOperator);
                break;
            default:
                Operand(AnyOperator);
                break;
        }

        if (word is not ("in" or "between") && cursor.Accept("escape"))
        {
            Operand(AnyOperator);
        }

        return Once(cursor.AtAny("in", "like", "ilike", "between", "similar")
            || (cursor.At("not") && cursor.Peek(1) is { Kind: SqlTokenKind.Word, Value: "in" or "like" or "ilike" or "between" or "similar" }));
    }

    private void InList()
    {
        cursor.ExpectSign("(");
        QueryOr(() => Arguments(plain: true));
        cursor.ExpectSign(")");
    }

    private void QueryOr(Action other)
    {
        if (cursor.AtAny("select", "with", "values", "table"))
        {
            SubQuery();
        }
        else
        {
            other();
        }
    }

    private void SubQuery()
    {
        _hasQuery = true;
        (Query ?? throw new SqlSyntaxException("A query has no place here.", cursor.Current.Start))();
    }

    private void Restricted(int least)
    {
        cursor.Deeper(() =>
        {
            if (cursor.AcceptSign("-") || cursor.AcceptSign("+"))
            {
                Restricted(Sign);
            }
            else if (AtOtherOperator && least <= AnyOperator)
            {
                cursor.Take();
                Restricted(AnyOperator + 1);
            }
            else
            {
                Primary();
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

        cursor.Take();
        Restricted(level + 1);
        return level != Comparison || Once(LevelOfSign() == Comparison);
    }

    private void Casts()
    {
        while (cursor.AcceptSign("::"))
        {
            _casts.Add(types.Read());
        }
    }

    private void Primary()
    {
        SqlToken token = cursor.Current;
        switch (token.Kind)
        {
            case SqlTokenKind.Text or SqlTokenKind.Bits or SqlTokenKind.Integer or SqlTokenKind.Decimal:
                cursor.Take();
                break;
            case SqlTokenKind.QuotedName:
                NameOrCall();
                break;
            case SqlTokenKind.Word:
                WordPrimary(token.Value);
                break;
            case SqlTokenKind.Sign when token.IsSign("("):
                Brackets();
                break;
            default:
                throw cursor.Unexpected("an expression");
        }
    }

    private void Brackets()
    {
        var several = false;
        cursor.ExpectSign("(");
        QueryOr(() => several = cursor.List(() => Done(() => Operand(Or))).Count > 1);
        cursor.ExpectSign(")");
        if (!several)
        {
            Subscripts();
        }
    }

    private void WordPrimary(string word)
    {
        switch (word)
        {
            case "null" or "true" or "false":
                cursor.Take();
                break;
            case "current_date" or "current_user" or "session_user" or "current_role" or "current_catalog" or "user":
                cursor.Take();
                break;
            case "current_timestamp" or "current_time" or "localtime" or "localtimestamp":
                cursor.Take();
                Precision();
                break;
            case "case":
                Case();
                break;
            case "cast" when cursor.Peek(1).IsSign("("):
                Cast();
                break;
            case "array" when cursor.Peek(1).IsSign("["):
                cursor.Take();
                ArrayValues();
                break;
            case "row" when cursor.Peek(1).IsSign("("):
                cursor.Take();
                EmptyOr(() => Arguments(plain: true));
                break;
            case "exists" when cursor.Peek(1).IsSign("("):
                cursor.Take();
                cursor.ExpectSign("(");
                SubQuery();
                cursor.ExpectSign(")");
                break;
            case "coalesce" or "greatest" or "least" when cursor.Peek(1).IsSign("("):
                cursor.Take();
                cursor.ExpectSign("(");
                Arguments(plain: true);
                cursor.ExpectSign(")");
                break;
            case "nullif" or "extract" or "position" or "substring" or "trim" when cursor.Peek(1).IsSign("("):
                cursor.Take();
                cursor.ExpectSign("(");
                Special(word);
                cursor.ExpectSign(")");
                break;
            default:
                ConstantOrName(word);
                break;
        }
    }

    private void Precision()
    {
        if (cursor.AcceptSign("("))
        {
            cursor.Integer();
            cursor.ExpectSign(")");
        }
    }

    private void Case()
    {
        cursor.Take();
        if (!cursor.At("when"))
        {
            Operand(Or);
        }

        cursor.Expect("when");
        do
        {
            Operand(Or);
            cursor.Expect("then");
            Operand(Or);
        }
        while (cursor.Accept("when"));

        if (cursor.Accept("else"))
        {
            Operand(Or);
        }

        cursor.Expect("end");
    }

    private void Cast()
    {
        cursor.Take();
        cursor.ExpectSign("(");
        Operand(Or);
        cursor.Expect("as");
        _casts.Add(types.Read());
        cursor.ExpectSign(")");
    }

    private void ArrayValues()
    {
        cursor.ExpectSign("[");
        if (!cursor.AtSign("]"))
        {
            if (cursor.AtSign("["))
            {
                cursor.List(() => Done(ArrayValues));
            }
            else
            {
                Arguments(plain: true);
            }
        }

        cursor.ExpectSign("]");
    }

    private void Special(string word)
    {
        switch (word)
        {
            case "extract":
                _ = cursor.Current.Kind == SqlTokenKind.Text ? cursor.Take().Value
                    : cursor.AcceptAny("year", "month", "day", "hour", "minute", "second", "epoch", "dow", "doy", "week", "quarter") ?? throw cursor.Unexpected();
                cursor.Expect("from");
                Operand(Or);
                break;
            case "position":
                Restricted(Comparison);
                cursor.Expect("in");
                Restricted(Comparison);
                break;
            case "nullif":
                Operand(Or);
                cursor.ExpectSign(",");
                Operand(Or);
                break;
            case "substring":
                Operand(Or);
                SubstringRest();
                break;
            default:
                _ = cursor.AcceptAny("both", "leading", "trailing");
                Operand(Or);
                if (cursor.Accept("from"))
                {
                    Operand(Or);
                }

                break;
        }
    }

    private void SubstringRest()
    {
        if (cursor.AcceptSign(","))
        {
            Arguments(plain: true);
        }
        else if (cursor.Accept("from"))
        {
            Operand(Or);
            if (cursor.Accept("for"))
            {
                Operand(Or);
            }
        }
    }

    private void ConstantOrName(string word)
    {
        if (IsTypeOfConstant(word))
        {
            SqlType type = types.Read();
            _ = type.IsArray ? throw cursor.Unexpected() : cursor.String();
            _casts.Add(type);
        }
        else
        {
            NameOrCall();
        }
    }

    // date '2026-01-01', timestamp with time zone '…', interval '1 day'
    private bool IsTypeOfConstant(string word)
    {
        if (cursor.Peek(1).Kind == SqlTokenKind.Text)
        {
            return word is "interval" or "timestamp" or "time" or "json" or "int" or "integer" or "bigint" or "smallint" or "numeric" or "boolean" or "real"
                || SqlKeywords.IsPlain(word);
        }

        return word is "timestamp" or "time" && cursor.Peek(1) is { Kind: SqlTokenKind.Word, Value: "with" or "without" };
    }

    private void NameOrCall()
    {
        SqlToken first = cursor.Current;
        var call = cursor.Peek(1).IsSign("(") || (cursor.Peek(1).IsSign(".") && cursor.Peek(3).IsSign("("));
        if (call)
        {
            _functions.Add(cursor.FunctionName());
            Call();
            return;
        }

        cursor.Name();
        _columns.Add(first.Value);
        Subscripts();
    }

    private void Call()
    {
        EmptyOr(CallArguments);
        if (!InQuery)
        {
            return;
        }

        if (cursor.Accept("filter"))
        {
            cursor.ExpectSign("(");
            cursor.Expect("where");
            Operand(Or);
            cursor.ExpectSign(")");
        }

        if (cursor.Accept("over"))
        {
            Window();
        }
    }

    private void Window()
    {
        cursor.ExpectSign("(");
        if (cursor.Accept("partition", "by"))
        {
            Arguments(plain: true);
        }

        if (cursor.Accept("order", "by"))
        {
            cursor.List(() => Done(Ordering));
        }

        cursor.ExpectSign(")");
    }

    /// <summary>One item behind ORDER BY.</summary>
    public void Ordering()
    {
        Operand(Or);
        _ = cursor.AcceptAny("asc", "desc");
        if (cursor.Accept("nulls") && cursor.AcceptAny("first", "last") is null)
        {
            throw cursor.Unexpected();
        }
    }

    private void CallArguments()
    {
        if (InQuery && cursor.AcceptSign("*"))
        {
            return;
        }

        _ = InQuery && cursor.Accept("distinct");
        Arguments(plain: false);
        if (InQuery && cursor.Accept("order", "by"))
        {
            cursor.List(() => Done(Ordering));
        }
    }

    private void Arguments(bool plain) => cursor.List(() => Done(() => Argument(plain)));

    private void Argument(bool plain)
    {
        if (!plain && cursor.Current.Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName && cursor.Peek(1).IsSign("=>"))
        {
            cursor.FunctionName();
            cursor.Take();
        }

        Operand(Or);
    }

    private void EmptyOr(Action arguments)
    {
        cursor.ExpectSign("(");
        if (!cursor.AtSign(")"))
        {
            arguments();
        }

        cursor.ExpectSign(")");
    }

    private void Subscripts()
    {
        while (true)
        {
            if (cursor.AcceptSign("["))
            {
                Operand(Or);
                cursor.ExpectSign("]");
            }
            else if (cursor.AtSign(".") && cursor.Peek(1).Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName)
            {
                cursor.Take();
                _columns.Add(cursor.Label());
            }
            else
            {
                return;
            }
        }
    }

    private static bool Done(Action read)
    {
        read();
        return true;
    }
}
