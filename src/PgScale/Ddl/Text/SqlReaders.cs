namespace PgScale.Ddl.Text;

/// <summary>The readers of the parts that several statements share, over one cursor.</summary>
internal sealed class SqlReaders
{
    public SqlReaders(SqlCursor cursor)
    {
        Cursor = cursor;
        Types = new SqlTypeReader(cursor);
        Expressions = new SqlExpressionReader(cursor, Types);
        Options = new OptionReader(cursor, Types);
        Keys = new IndexKeyReader(cursor, Expressions, Options);
        Constraints = new ConstraintReader(cursor, Expressions, Options, Keys);
    }

    public SqlCursor Cursor { get; }

    public SqlTypeReader Types { get; }

    public SqlExpressionReader Expressions { get; }

    public OptionReader Options { get; }

    public IndexKeyReader Keys { get; }

    public ConstraintReader Constraints { get; }

    public SqlQueryReader NewQuery() => new(Cursor, Types);

    /// <summary>A role (RoleSpec).</summary>
    public void Role()
    {
        if (Cursor.AcceptAny("current_user", "session_user", "current_role") is null)
        {
            SqlToken role = Cursor.Current;
            _ = role.IsWord("public") || role.IsWord("none") ? throw Cursor.Unexpected("a role") : Cursor.Name();
        }
    }

    /// <summary>FOR VALUES … or DEFAULT; true for DEFAULT.</summary>
    public bool PartitionBound()
    {
        if (Cursor.Accept("default"))
        {
            return true;
        }

        Cursor.Expect("for", "values");
        switch (Cursor.AcceptAny("in", "from", "with"))
        {
            case "in":
                Cursor.Bracketed(Expressions.Read);
                break;
            case "from":
                Cursor.Bracketed(Expressions.Read);
                Cursor.Expect("to");
                Cursor.Bracketed(Expressions.Read);
                break;
            case "with":
                Modulus();
                break;
            default:
                throw Cursor.Unexpected("IN, FROM or WITH");
        }

        return false;
    }

    private void Modulus()
    {
        Cursor.ExpectSign("(");
        Cursor.Expect("modulus");
        Cursor.Integer();
        Cursor.ExpectSign(",");
        Cursor.Expect("remainder");
        Cursor.Integer();
        Cursor.ExpectSign(")");
    }
}
