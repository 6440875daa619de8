using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Text;

/// <summary>Reads GRANT and REVOKE of rights on relations, schemas and the like; memberships of roles are not for it.</summary>
internal sealed class GrantReader(SqlReaders readers)
{
    private readonly SqlCursor _cursor = readers.Cursor;

    public Plain Grant()
    {
        SqlName? subject = Rights();
        _cursor.Expect("to");
        _cursor.List(Grantee);
        _cursor.Accept("with", "grant", "option");
        return new Plain("GRANT") { Subject = subject };
    }

    public Plain Revoke()
    {
        _cursor.Accept("grant", "option", "for");
        SqlName? subject = Rights();
        _cursor.Expect("from");
        _cursor.List(Grantee);
        _cursor.AcceptCascade();
        return new Plain("REVOKE") { Subject = subject };
    }

    private SqlName? Rights()
    {
        if (_cursor.Accept("all"))
        {
            _cursor.Accept("privileges");
        }
        else
        {
            _cursor.List(Right);
        }

        _cursor.Expect("on");
        if (_cursor.Accept("all"))
        {
            _ = _cursor.AcceptAny("tables", "sequences", "functions") ?? throw _cursor.Unexpected("TABLES");
            _cursor.Expect("in", "schema");
            _cursor.List(_cursor.Name);
            return null;
        }

        if (_cursor.AcceptAny("schema", "database") is not null)
        {
            _cursor.List(_cursor.Name);
            return null;
        }

        _ = _cursor.AcceptAny("table", "sequence");
        return _cursor.List(_cursor.QualifiedName)[0];
    }

    private bool Right()
    {
        _ = _cursor.AcceptAny("select", "references", "create") ?? _cursor.Name();
        if (_cursor.AtSign("("))
        {
            _cursor.Names();
        }

        return true;
    }

    private bool Grantee()
    {
        if (!_cursor.Accept("public"))
        {
            readers.Role();
        }

        return true;
    }
}
