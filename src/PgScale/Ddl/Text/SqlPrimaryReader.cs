namespace PgScale.Ddl.Text;

/// <summary>Reads what stands between operators (c_expr of gram.y): values, names, calls, brackets and the forms that have words of their own.</summary>
internal sealed class SqlPrimaryReader(SqlExpressionReader operators, SqlCallReader calls, SqlCursor cursor, SqlTypeReader types, SqlExpressionParts parts)
{
    /// <summary>Reads one.</summary>
    public void Read()
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
        operators.QueryOr(() => several = cursor.List(() => SqlCallReader.Done(operators.Any)).Count > 1);
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
                calls.EmptyOr(() => calls.Arguments(plain: true));
                break;
            case "exists" when cursor.Peek(1).IsSign("("):
                cursor.Take();
                cursor.ExpectSign("(");
                operators.SubQuery();
                cursor.ExpectSign(")");
                break;
            case "coalesce" or "greatest" or "least" when cursor.Peek(1).IsSign("("):
                cursor.Take();
                cursor.ExpectSign("(");
                calls.Arguments(plain: true);
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
            operators.Any();
        }

        cursor.Expect("when");
        do
        {
            operators.Any();
            cursor.Expect("then");
            operators.Any();
        }
        while (cursor.Accept("when"));

        if (cursor.Accept("else"))
        {
            operators.Any();
        }

        cursor.Expect("end");
    }

    private void Cast()
    {
        cursor.Take();
        cursor.ExpectSign("(");
        operators.Any();
        cursor.Expect("as");
        parts.Casts.Add(types.Read());
        cursor.ExpectSign(")");
    }

    private void ArrayValues()
    {
        cursor.ExpectSign("[");
        if (!cursor.AtSign("]"))
        {
            if (cursor.AtSign("["))
            {
                cursor.List(() => SqlCallReader.Done(ArrayValues));
            }
            else
            {
                calls.Arguments(plain: true);
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
                operators.Any();
                break;
            case "position":
                operators.Restricted();
                cursor.Expect("in");
                operators.Restricted();
                break;
            case "nullif":
                operators.Any();
                cursor.ExpectSign(",");
                operators.Any();
                break;
            case "substring":
                operators.Any();
                SubstringRest();
                break;
            default:
                _ = cursor.AcceptAny("both", "leading", "trailing");
                operators.Any();
                if (cursor.Accept("from"))
                {
                    operators.Any();
                }

                break;
        }
    }

    private void SubstringRest()
    {
        if (cursor.AcceptSign(","))
        {
            calls.Arguments(plain: true);
        }
        else if (cursor.Accept("from"))
        {
            operators.Any();
            if (cursor.Accept("for"))
            {
                operators.Any();
            }
        }
    }

    private void ConstantOrName(string word)
    {
        if (IsTypeOfConstant(word))
        {
            SqlType type = types.Read();
            _ = type.IsArray ? throw cursor.Unexpected() : cursor.String();
            parts.Casts.Add(type);
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
            parts.Functions.Add(cursor.FunctionName());
            calls.Call();
            return;
        }

        cursor.Name();
        parts.Columns.Add(first.Value);
        Subscripts();
    }

    private void Subscripts()
    {
        while (true)
        {
            if (cursor.AcceptSign("["))
            {
                operators.Any();
                cursor.ExpectSign("]");
            }
            else if (cursor.AtSign(".") && cursor.Peek(1).Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName)
            {
                cursor.Take();
                parts.Columns.Add(cursor.Label());
            }
            else
            {
                return;
            }
        }
    }
}
