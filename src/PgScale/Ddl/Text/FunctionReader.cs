using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Text;

/// <summary>Reads functions: a new one with its body as a string, and the signature of one that is dropped or commented.</summary>
internal sealed class FunctionReader(SqlReaders readers)
{
    private readonly SqlCursor _cursor = readers.Cursor;

    /// <summary>From behind CREATE [OR REPLACE].</summary>
    public Plain Create()
    {
        var procedure = _cursor.Accept("procedure");
        _ = procedure || _cursor.Accept("function") ? true : throw _cursor.Unexpected("FUNCTION");
        SqlName name = _cursor.FunctionName();
        Arguments(defaults: true);
        if (!procedure && _cursor.Accept("returns"))
        {
            Returns();
        }

        var count = 0;
        while (Option())
        {
            count++;
        }

        return count > 0 ? new Plain(procedure ? "CREATE PROCEDURE" : "CREATE FUNCTION") { Subject = name } : throw _cursor.Unexpected("AS or LANGUAGE");
    }

    /// <summary>The argument types behind a name, where they are written.</summary>
    public void Signature()
    {
        if (_cursor.AtSign("("))
        {
            Arguments(defaults: false);
        }
    }

    private void Arguments(bool defaults)
    {
        _cursor.ExpectSign("(");
        if (!_cursor.AtSign(")"))
        {
            _cursor.List(() => Argument(defaults));
        }

        _cursor.ExpectSign(")");
    }

    private bool Argument(bool defaults)
    {
        _ = _cursor.AcceptAny("in", "out", "inout", "variadic");
        var start = _cursor.Index;
        if (!TypeAlone(start))
        {
            _ = SqlKeywords.MayNameFunction(_cursor.Current.Value) || _cursor.Current.Kind == SqlTokenKind.QuotedName ? _cursor.Label() : throw _cursor.Unexpected("a name");
            readers.Types.Read();
        }

        if (defaults && (_cursor.Accept("default") || _cursor.AcceptSign("=")))
        {
            readers.Expressions.Read();
        }

        return true;
    }

    // A name in front of the type cannot be told from a type by its first word.
    private bool TypeAlone(int start)
    {
        try
        {
            readers.Types.Read();
            if (_cursor.AtSign(",") || _cursor.AtSign(")") || _cursor.AtSign("=") || _cursor.At("default"))
            {
                return true;
            }
        }
        catch (SqlSyntaxException)
        {
            // The first word was a name.
        }

        _cursor.Return(start);
        return false;
    }

    private void Returns()
    {
        if (_cursor.Accept("table"))
        {
            _cursor.Bracketed(() =>
            {
                _ = SqlKeywords.MayNameFunction(_cursor.Current.Value) || _cursor.Current.Kind == SqlTokenKind.QuotedName ? _cursor.Label() : throw _cursor.Unexpected("a name");
                return readers.Types.Read();
            });
            return;
        }

        _cursor.Accept("setof");
        readers.Types.Read();
    }

    private bool Option()
    {
        if (_cursor.Accept("called", "on", "null", "input") || _cursor.Accept("returns", "null", "on", "null", "input") || _cursor.Accept("not", "leakproof"))
        {
            return true;
        }

        switch (_cursor.AcceptAny("immutable", "stable", "volatile", "strict", "leakproof", "window", "language", "as", "cost", "rows", "parallel", "security"))
        {
            case null:
                return false;
            case "language":
                _ = _cursor.Current.Kind == SqlTokenKind.Text ? _cursor.Take().Value : _cursor.Name();
                return true;
            case "as":
                _cursor.String();
                return !_cursor.AcceptSign(",") || _cursor.String() is not null;
            case "cost" or "rows":
                _cursor.Number();
                return true;
            case "parallel":
                _cursor.Name();
                return true;
            case "security":
                return _cursor.AcceptAny("definer", "invoker") is not null ? true : throw _cursor.Unexpected();
            default:
                return true;
        }
    }
}
