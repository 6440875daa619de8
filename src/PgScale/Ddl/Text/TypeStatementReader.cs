using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Text;

/// <summary>Reads CREATE and ALTER of TYPE and DOMAIN.</summary>
internal sealed class TypeStatementReader(SqlReaders readers)
{
    private readonly SqlCursor _cursor = readers.Cursor;

    public Plain CreateType()
    {
        SqlName name = _cursor.AnyName();
        if (_cursor.Accept("as"))
        {
            if (_cursor.Accept("enum"))
            {
                Labels();
            }
            else if (_cursor.Accept("range"))
            {
                readers.Options.Definition();
            }
            else
            {
                _cursor.ExpectSign("(");
                _ = _cursor.AtSign(")") || _cursor.List(Attribute).Count > 0;
                _cursor.ExpectSign(")");
            }
        }

        return new Plain("CREATE TYPE") { Subject = name };
    }

    public Plain CreateDomain()
    {
        SqlName name = _cursor.AnyName();
        _cursor.Accept("as");
        readers.Types.Read();
        var words = "";
        readers.Constraints.ColumnConstraints(ref words);
        return new Plain("CREATE DOMAIN") { Subject = name };
    }

    public AlterDomain AlterDomain()
    {
        SqlName domain = _cursor.AnyName();
        switch (_cursor.AcceptAny("add", "drop", "set", "validate", "owner", "rename"))
        {
            case "add":
                return AddToDomain(domain);
            case "drop":
                DropOfDomain();
                return new AlterDomain(domain, "PLAIN", false);
            case "set":
                return SetOfDomain(domain);
            case "validate":
                _cursor.Expect("constraint");
                _cursor.Name();
                return new AlterDomain(domain, "VALIDATE", false);
            case "owner":
                _cursor.Expect("to");
                readers.Role();
                return new AlterDomain(domain, "PLAIN", false);
            case "rename":
                RenameOfDomain();
                return new AlterDomain(domain, "PLAIN", false);
            default:
                throw _cursor.Unexpected("an action on the domain");
        }
    }

    public AlterType AlterType()
    {
        SqlName type = _cursor.AnyName();
        if (_cursor.Accept("add", "value"))
        {
            AddValue();
            return new AlterType(type, "ADD VALUE", false, false);
        }

        if (_cursor.Accept("rename"))
        {
            return RenameOfType(type);
        }

        if (_cursor.Accept("owner", "to"))
        {
            readers.Role();
            return new AlterType(type, "PLAIN", false, false);
        }

        if (_cursor.Accept("set", "schema"))
        {
            _cursor.Name();
            return new AlterType(type, "PLAIN", false, false);
        }

        List<(bool Changes, bool Cascade)> actions = _cursor.List(AttributeAction);
        return new AlterType(type, "ATTRIBUTE", actions.Any(action => action.Changes), actions.Any(action => action.Cascade));
    }

    private void Labels()
    {
        _cursor.ExpectSign("(");
        _ = _cursor.AtSign(")") || _cursor.List(_cursor.String).Count > 0;
        _cursor.ExpectSign(")");
    }

    private bool Attribute()
    {
        _cursor.Name();
        readers.Types.Read();
        if (_cursor.Accept("collate"))
        {
            _cursor.AnyName();
        }

        return true;
    }

    private AlterDomain AddToDomain(SqlName domain)
    {
        _ = _cursor.Accept("constraint") ? _cursor.Name() : null;
        _cursor.Expect("check");
        _cursor.ExpectSign("(");
        readers.Expressions.Read();
        _cursor.ExpectSign(")");
        return new AlterDomain(domain, "ADD", _cursor.Accept("not", "valid"));
    }

    private void DropOfDomain()
    {
        if (_cursor.Accept("constraint"))
        {
            _cursor.AcceptIfExists();
            _cursor.Name();
            _cursor.AcceptCascade();
        }
        else
        {
            _ = _cursor.Accept("default") || _cursor.Accept("not", "null") ? true : throw _cursor.Unexpected();
        }
    }

    private AlterDomain SetOfDomain(SqlName domain)
    {
        if (_cursor.Accept("not", "null"))
        {
            return new AlterDomain(domain, "SET NOT NULL", false);
        }

        if (_cursor.Accept("schema"))
        {
            _cursor.Name();
        }
        else
        {
            _cursor.Expect("default");
            readers.Expressions.Read();
        }

        return new AlterDomain(domain, "PLAIN", false);
    }

    private void RenameOfDomain()
    {
        if (_cursor.Accept("constraint"))
        {
            _cursor.Name();
        }

        _cursor.Expect("to");
        _cursor.Name();
    }

    private void AddValue()
    {
        _cursor.AcceptIfNotExists();
        _cursor.String();
        if (_cursor.AcceptAny("before", "after") is not null)
        {
            _cursor.String();
        }
    }

    private AlterType RenameOfType(SqlName type)
    {
        if (_cursor.Accept("value"))
        {
            _cursor.String();
            _cursor.Expect("to");
            _cursor.String();
            return new AlterType(type, "RENAME VALUE", false, false);
        }

        if (_cursor.Accept("attribute"))
        {
            _cursor.Name();
            _cursor.Expect("to");
            _cursor.Name();
            return new AlterType(type, "ATTRIBUTE", false, _cursor.AcceptCascade());
        }

        _cursor.Expect("to");
        _cursor.Name();
        return new AlterType(type, "PLAIN", false, false);
    }

    private (bool Changes, bool Cascade) AttributeAction()
    {
        var action = _cursor.AcceptAny("add", "drop", "alter") ?? throw _cursor.Unexpected("an action on the type");
        _cursor.Expect("attribute");
        if (action == "add")
        {
            Attribute();
            return (false, _cursor.AcceptCascade());
        }

        _ = action == "drop" && _cursor.AcceptIfExists();
        _cursor.Name();
        if (action == "alter")
        {
            _ = _cursor.Accept("set", "data", "type") || _cursor.Accept("type") ? readers.Types.Read() : throw _cursor.Unexpected("TYPE");
            _ = _cursor.Accept("collate") ? _cursor.AnyName() : null;
        }

        return (action == "alter", _cursor.AcceptCascade());
    }
}
