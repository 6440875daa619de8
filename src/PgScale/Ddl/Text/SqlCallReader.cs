namespace PgScale.Ddl.Text;

/// <summary>Reads the arguments of calls, and in queries what else aggregates carry.</summary>
internal sealed class SqlCallReader(SqlExpressionReader operators, SqlCursor cursor)
{
    /// <summary>What stands behind the name of a function.</summary>
    public void Call()
    {
        EmptyOr(CallArguments);
        if (!operators.InQuery)
        {
            return;
        }

        if (cursor.Accept("filter"))
        {
            cursor.ExpectSign("(");
            cursor.Expect("where");
            operators.Any();
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
        operators.Any();
        _ = cursor.AcceptAny("asc", "desc");
        if (cursor.Accept("nulls") && cursor.AcceptAny("first", "last") is null)
        {
            throw cursor.Unexpected();
        }
    }

    private void CallArguments()
    {
        if (operators.InQuery && cursor.AcceptSign("*"))
        {
            return;
        }

        _ = operators.InQuery && cursor.Accept("distinct");
        Arguments(plain: false);
        if (operators.InQuery && cursor.Accept("order", "by"))
        {
            cursor.List(() => Done(Ordering));
        }
    }

    /// <summary>One expression or more; only calls have arguments with names.</summary>
    public void Arguments(bool plain) => cursor.List(() => Done(() => Argument(plain)));

    private void Argument(bool plain)
    {
        if (!plain && cursor.Current.Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName && cursor.Peek(1).IsSign("=>"))
        {
            cursor.FunctionName();
            cursor.Take();
        }

        operators.Any();
    }

    /// <summary>Brackets with something in them or nothing.</summary>
    public void EmptyOr(Action arguments)
    {
        cursor.ExpectSign("(");
        if (!cursor.AtSign(")"))
        {
            arguments();
        }

        cursor.ExpectSign(")");
    }

    /// <summary>An action as the item of a list.</summary>
    public static bool Done(Action read)
    {
        read();
        return true;
    }
}
