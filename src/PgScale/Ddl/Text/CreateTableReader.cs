using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Text;

/// <summary>Reads CREATE TABLE from behind the word TABLE.</summary>
internal sealed class CreateTableReader(SqlReaders readers)
{
    private readonly SqlCursor _cursor = readers.Cursor;
    private bool _sawQuery;

    public DdlStatement Read(bool temporary)
    {
        var ifNotExists = _cursor.AcceptIfNotExists();
        CreateTable table = new(_cursor.QualifiedName(), ifNotExists, temporary);
        if (_cursor.Accept("partition", "of"))
        {
            return PartitionOf(table);
        }

        return (DdlStatement?)FromQuery(table) ?? Plain(table);
    }

    private CreateTableAs? FromQuery(CreateTable table)
    {
        var start = _cursor.Index;
        if (_cursor.AtSign("("))
        {
            SkipBrackets();
        }

        if (!_cursor.At("as") && !_cursor.At("with") && !_cursor.At("using") && !_cursor.At("tablespace"))
        {
            _cursor.Return(start);
            return null;
        }

        _cursor.Return(start);
        return Attempt(() => AsQuery(table), start);
    }

    // The words in front of AS are those of a plain table too, so this is tried first and given back.
    private CreateTableAs? Attempt(Func<CreateTableAs> read, int start)
    {
        try
        {
            return read();
        }
        catch (SqlSyntaxException) when (!_sawQuery)
        {
            _cursor.Return(start);
            return null;
        }
    }

    private CreateTableAs AsQuery(CreateTable table)
    {
        if (_cursor.AtSign("("))
        {
            _cursor.Names();
        }

        Tail(partitions: false);
        _cursor.Expect("as");
        _sawQuery = true;
        SqlQueryReader query = readers.NewQuery();
        query.Query();
        return new CreateTableAs("CREATE TABLE AS", table.Table, table.Temporary, WithData(), query.Reads);
    }

    /// <summary>WITH DATA or WITH NO DATA or nothing; false for NO.</summary>
    internal bool WithData()
    {
        if (!_cursor.Accept("with"))
        {
            return true;
        }

        var no = _cursor.Accept("no");
        _cursor.Expect("data");
        return !no;
    }

    private void SkipBrackets()
    {
        var depth = 0;
        do
        {
            SqlToken token = _cursor.Take();
            depth += token.IsSign("(") ? 1 : token.IsSign(")") ? -1 : 0;
        }
        while (depth > 0);
    }

    private CreateTable Plain(CreateTable table)
    {
        table = Elements(table);
        if (_cursor.Accept("inherits"))
        {
            table = table with { Inherits = _cursor.Bracketed(_cursor.QualifiedName) };
        }

        return table with { Tail = Tail(partitions: true) };
    }

    private CreateTable Elements(CreateTable table)
    {
        List<ColumnDefinition> columns = [];
        List<Constraint> constraints = [];
        List<SqlName> like = [];
        _cursor.ExpectSign("(");
        if (!_cursor.AtSign(")"))
        {
            _cursor.List(() =>
            {
                Element(columns, constraints, like);
                return true;
            });
        }

        _cursor.ExpectSign(")");
        return table with { Columns = columns, Constraints = constraints, Like = like, HasOwnElements = columns.Count + constraints.Count + like.Count > 0 };
    }

    private void Element(List<ColumnDefinition> columns, List<Constraint> constraints, List<SqlName> like)
    {
        if (_cursor.Accept("like"))
        {
            like.Add(Like());
        }
        else if (readers.Constraints.AtTableConstraint)
        {
            constraints.Add(readers.Constraints.TableConstraint());
        }
        else
        {
            columns.Add(readers.Constraints.Column(readers.Types));
        }
    }

    private SqlName Like()
    {
        SqlName source = _cursor.QualifiedName();
        while (_cursor.AcceptAny("including", "excluding") is not null)
        {
            _ = _cursor.AcceptAny("comments", "compression", "constraints", "defaults", "generated", "identity", "indexes", "statistics", "storage", "all")
                ?? throw _cursor.Unexpected("what to include");
        }

        return source;
    }

    private CreateTable PartitionOf(CreateTable table)
    {
        table = table with { PartitionOf = _cursor.QualifiedName() };
        if (_cursor.AtSign("("))
        {
            // Constraints of a partition's own: the columns have no types there.
            throw _cursor.Unexpected("FOR VALUES or DEFAULT");
        }

        var start = _cursor.Index;
        readers.PartitionBound();
        var bound = _cursor.TextFrom(start);
        return table with { Bound = bound, Tail = Tail(partitions: true) };
    }

    private string Tail(bool partitions)
    {
        var start = _cursor.Index;
        if (partitions && _cursor.Accept("partition", "by"))
        {
            _ = _cursor.AcceptAny("range", "list", "hash") ?? throw _cursor.Unexpected("RANGE, LIST or HASH");
            _cursor.Bracketed(readers.Keys.ReadWithoutOrder);
        }

        if (_cursor.Accept("using"))
        {
            _cursor.Name();
        }

        if (_cursor.Accept("with"))
        {
            readers.Options.Relation();
        }

        if (_cursor.Accept("on", "commit"))
        {
            _ = _cursor.Accept("drop") || _cursor.Accept("delete", "rows") || _cursor.Accept("preserve", "rows") ? true : throw _cursor.Unexpected();
        }

        if (_cursor.Accept("tablespace"))
        {
            _cursor.Name();
        }

        return _cursor.TextFrom(start);
    }
}
