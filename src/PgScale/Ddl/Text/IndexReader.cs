using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Text;

/// <summary>Reads CREATE INDEX and REINDEX.</summary>
internal sealed class IndexReader(SqlReaders readers)
{
    private readonly SqlCursor _cursor = readers.Cursor;

    /// <summary>From behind CREATE [UNIQUE] INDEX.</summary>
    public CreateIndex Create(bool unique)
    {
        var concurrently = _cursor.Accept("concurrently");
        var ifNotExists = _cursor.AcceptIfNotExists();
        var name = ifNotExists || !_cursor.At("on") ? _cursor.Name() : null;
        _cursor.Expect("on");
        var only = _cursor.Accept("only");
        SqlName table = _cursor.QualifiedName();
        var start = _cursor.Index;
        List<string?> keys = Definition();
        return new CreateIndex(table)
        {
            Name = name,
            Unique = unique,
            Concurrently = concurrently,
            IfNotExists = ifNotExists,
            Only = only,
            Keys = keys,
            Definition = _cursor.TextFrom(start),
        };
    }

    /// <summary>From behind REINDEX.</summary>
    public Reindex Re()
    {
        var concurrently = false;
        var start = _cursor.Index;
        if (_cursor.AtSign("("))
        {
            concurrently = Options();
        }

        var options = _cursor.TextFrom(start);
        var what = _cursor.AcceptAny("index", "table", "schema", "system", "database") ?? throw _cursor.Unexpected("INDEX or TABLE");
        concurrently |= _cursor.Accept("concurrently");
        if (what is "index" or "table")
        {
            return new Reindex(what, _cursor.QualifiedName(), concurrently, options);
        }

        _cursor.Name();
        return new Reindex(what, null, concurrently, options);
    }

    private List<string?> Definition()
    {
        if (_cursor.Accept("using"))
        {
            _cursor.Name();
        }

        List<string?> keys = _cursor.Bracketed(readers.Keys.Read);
        if (_cursor.Accept("include"))
        {
            keys.AddRange(_cursor.Bracketed(readers.Keys.Read));
        }

        if (_cursor.Accept("nulls"))
        {
            _cursor.Accept("not");
            _cursor.Expect("distinct");
        }

        if (_cursor.Accept("with"))
        {
            readers.Options.Relation();
        }

        if (_cursor.Accept("tablespace"))
        {
            _cursor.Name();
        }

        if (_cursor.Accept("where"))
        {
            readers.Expressions.Read();
        }

        return keys;
    }

    // (CONCURRENTLY false) is not concurrent: the value counts, and the last one of a name.
    private bool Options()
    {
        var concurrently = false;
        _cursor.Bracketed(() =>
        {
            var name = _cursor.AcceptAny("concurrently", "verbose", "tablespace") ?? throw _cursor.Unexpected("an option of REINDEX");
            if (name == "tablespace")
            {
                return _cursor.Name();
            }

            var on = _cursor.AcceptAny("true", "on", "false", "off") is not ("false" or "off");
            concurrently = name == "concurrently" ? on : concurrently;
            return name;
        });
        return concurrently;
    }
}
