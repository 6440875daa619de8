namespace PgScale.Ddl.Text;

/// <summary>Reads one key of an index, an exclusion or a partitioning: a column or an expression, its collation, operator class and order.</summary>
internal sealed class IndexKeyReader(SqlCursor cursor, SqlExpressionReader expressions, OptionReader options)
{
    /// <summary>The column's name, or null for an expression.</summary>
    public string? Read()
    {
        var column = Element();
        if (cursor.Accept("collate"))
        {
            cursor.AnyName();
        }

        if (cursor.AtName && !AtNulls)
        {
            cursor.AnyName();
            if (cursor.AtSign("("))
            {
                options.Relation();
            }
        }

        _ = cursor.AcceptAny("asc", "desc");
        _ = AtNulls && cursor.Accept("nulls") && cursor.AcceptAny("first", "last") is not null;
        return column;
    }

    /// <summary>The same for partitioning, which knows no order.</summary>
    public string? ReadWithoutOrder()
    {
        var column = Element();
        if (cursor.Accept("collate"))
        {
            cursor.AnyName();
        }

        if (cursor.AtName)
        {
            cursor.AnyName();
        }

        return column;
    }

    private bool AtNulls => cursor.At("nulls", "first") || cursor.At("nulls", "last");

    private string? Element()
    {
        if (cursor.AcceptSign("("))
        {
            expressions.Read();
            cursor.ExpectSign(")");
            return null;
        }

        var call = cursor.Peek(1).IsSign("(") || (cursor.Peek(1).IsSign(".") && cursor.Peek(3).IsSign("("));
        if (!call)
        {
            return cursor.Name();
        }

        // row (…) and exists (…) look like calls and are none.
        _ = cursor.AtAny("row", "exists", "case") ? throw cursor.Unexpected() : expressions.ReadPrimary();
        return null;
    }
}
