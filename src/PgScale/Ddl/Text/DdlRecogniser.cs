using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Text;

/// <summary>
/// Recognises one statement of the forms that the judge knows. It accepts less than the server does and nothing that the server
/// rejects; what it does not know, it refuses.
/// </summary>
internal sealed class DdlRecogniser
{
    private readonly SqlReaders _readers;
    private readonly SqlCursor _cursor;

    private DdlRecogniser(SqlCursor cursor)
    {
        _cursor = cursor;
        _readers = new SqlReaders(cursor);
    }

    /// <summary>Reads a statement of which <see cref="StatementText"/> has cut off the semicolon.</summary>
    /// <exception cref="SqlSyntaxException">It is not one of the known forms.</exception>
    public static DdlStatement Read(string sql, List<SqlToken> tokens)
    {
        SqlCursor cursor = new(sql, tokens);
        DdlStatement statement = new DdlRecogniser(cursor).Statement();
        cursor.ExpectEnd();
        return statement;
    }

    private DdlStatement Statement() => _cursor.AcceptAny("create", "alter", "drop", "reindex", "comment", "grant", "revoke", "refresh", "cluster", "truncate", "vacuum") switch
    {
        "create" => Create(),
        "alter" => Alter(),
        "drop" => new DropReader(_readers).Read(),
        "reindex" => new IndexReader(_readers).Re(),
        "comment" => new TableObjectReader(_readers).Comment(),
        "grant" => new GrantReader(_readers).Grant(),
        "revoke" => new GrantReader(_readers).Revoke(),
        "refresh" => Refresh(),
        "cluster" => Cluster(),
        "truncate" => Truncate(),
        "vacuum" => VacuumFull(),
        _ => throw _cursor.Unexpected("a schema change"),
    };

    private DdlStatement Create()
    {
        if (_cursor.Accept("or", "replace"))
        {
            return _cursor.Accept("view") ? View(orReplace: true, temporary: false)
                : _cursor.Accept("trigger") ? new TableObjectReader(_readers).Trigger(constraint: false)
                : new FunctionReader(_readers).Create();
        }

        var unlogged = _cursor.Accept("unlogged");
        var temporary = !unlogged && (_cursor.Accept("temp") || _cursor.Accept("temporary"));
        if (_cursor.Accept("table"))
        {
            return new CreateTableReader(_readers).Read(temporary);
        }

        _ = unlogged ? throw _cursor.Unexpected("TABLE") : true;
        return temporary ? CreateTemporary() : CreateOther();
    }

    private DdlStatement CreateTemporary() =>
        _cursor.Accept("view") ? View(orReplace: false, temporary: true) : _cursor.Accept("sequence") ? Sequence() : throw _cursor.Unexpected("TABLE");

    private DdlStatement CreateOther()
    {
        if (_cursor.Accept("unique", "index"))
        {
            return new IndexReader(_readers).Create(unique: true);
        }

        if (_cursor.Accept("materialized", "view"))
        {
            return MaterializedView();
        }

        if (_cursor.AtAny("function", "procedure"))
        {
            return new FunctionReader(_readers).Create();
        }

        if (_cursor.Accept("constraint", "trigger"))
        {
            return new TableObjectReader(_readers).Trigger(constraint: true);
        }

        return _cursor.AcceptAny("index", "view", "sequence", "type", "domain", "trigger", "policy", "statistics", "schema", "extension") switch
        {
            "index" => new IndexReader(_readers).Create(unique: false),
            "view" => View(orReplace: false, temporary: false),
            "sequence" => Sequence(),
            "type" => new TypeStatementReader(_readers).CreateType(),
            "domain" => new TypeStatementReader(_readers).CreateDomain(),
            "trigger" => new TableObjectReader(_readers).Trigger(constraint: false),
            "policy" => new TableObjectReader(_readers).Policy(create: true),
            "statistics" => new TableObjectReader(_readers).Statistics(),
            "schema" => Schema(),
            "extension" => Extension(),
            _ => throw _cursor.Unexpected("what to create"),
        };
    }

    private DdlStatement Alter()
    {
        RelationKind? relation = _cursor.Accept("table") ? RelationKind.Table
            : _cursor.Accept("index") ? RelationKind.Index
            : _cursor.Accept("view") ? RelationKind.View
            : _cursor.Accept("materialized", "view") ? RelationKind.MaterializedView
            : _cursor.Accept("sequence") ? RelationKind.Sequence
            : null;
        if (relation is { } kind)
        {
            return new AlterTableReader(_readers).Read($"ALTER {DropReader.Words(kind)}", kind);
        }

        return _cursor.AcceptAny("type", "domain", "policy", "schema", "trigger") switch
        {
            "type" => new TypeStatementReader(_readers).AlterType(),
            "domain" => new TypeStatementReader(_readers).AlterDomain(),
            "policy" => _cursor.Peek(3).IsWord("rename") || _cursor.Peek(5).IsWord("rename") ? RenameOnTable("POLICY") : new TableObjectReader(_readers).Policy(create: false),
            "schema" => AlterSchema(),
            "trigger" => RenameOnTable("TRIGGER"),
            _ => throw _cursor.Unexpected("what to alter"),
        };
    }

    private OnTable RenameOnTable(string what)
    {
        _cursor.Name();
        _cursor.Expect("on");
        SqlName table = _cursor.QualifiedName();
        _cursor.Expect("rename", "to");
        _cursor.Name();
        return new OnTable($"ALTER {what}", [(table, DdlLockMode.AccessExclusive)]);
    }

    private CreateView View(bool orReplace, bool temporary)
    {
        SqlName name = _cursor.QualifiedName();
        if (_cursor.AtSign("("))
        {
            _cursor.Names();
        }

        if (_cursor.Accept("with"))
        {
            _readers.Options.Relation();
        }

        _cursor.Expect("as");
        SqlQueryReader query = _readers.NewQuery();
        query.Query();
        if (_cursor.Accept("with"))
        {
            _ = _cursor.AcceptAny("cascaded", "local");
            _cursor.Expect("check", "option");
        }

        return new CreateView(name, orReplace, temporary, query.Reads);
    }

    private CreateTableAs MaterializedView()
    {
        _cursor.AcceptIfNotExists();
        SqlName name = _cursor.QualifiedName();
        if (_cursor.AtSign("("))
        {
            _cursor.Names();
        }

        _cursor.Expect("as");
        SqlQueryReader query = _readers.NewQuery();
        query.Query();
        return new CreateTableAs("CREATE MATERIALIZED VIEW", name, false, new CreateTableReader(_readers).WithData(), query.Reads);
    }

    private Refresh Refresh()
    {
        _cursor.Expect("materialized", "view");
        var concurrently = _cursor.Accept("concurrently");
        return new Refresh(_cursor.QualifiedName(), concurrently, new CreateTableReader(_readers).WithData());
    }

    private DdlStatement Sequence()
    {
        _cursor.AcceptIfNotExists();
        SqlName name = _cursor.QualifiedName();
        SqlName? owner = null;
        _readers.Options.Sequence(table => owner = table);
        return owner is null ? new Plain("CREATE SEQUENCE") { Subject = name } : new OnTable("CREATE SEQUENCE", [(owner, DdlLockMode.AccessShare)]);
    }

    private Plain Schema()
    {
        _cursor.AcceptIfNotExists();
        SqlName? name = _cursor.At("authorization") ? null : new SqlName(null, _cursor.Name());
        if (_cursor.Accept("authorization"))
        {
            _readers.Role();
        }

        return new Plain("CREATE SCHEMA") { Subject = name };
    }

    private Plain Extension()
    {
        _cursor.AcceptIfNotExists();
        SqlName name = new(null, _cursor.Name());
        _cursor.Accept("with");
        if (_cursor.Accept("schema"))
        {
            _cursor.Name();
        }

        if (_cursor.Accept("version"))
        {
            _ = _cursor.Current.Kind == SqlTokenKind.Text ? _cursor.Take().Value : _cursor.Name();
        }

        _cursor.Accept("cascade");
        return new Plain("CREATE EXTENSION") { Subject = name };
    }

    private Plain AlterSchema()
    {
        SqlName name = new(null, _cursor.Name());
        if (_cursor.Accept("rename", "to"))
        {
            _cursor.Name();
        }
        else
        {
            _cursor.Expect("owner", "to");
            _readers.Role();
        }

        return new Plain("ALTER SCHEMA") { Subject = name };
    }

    private Maintenance Cluster()
    {
        _cursor.Accept("verbose");
        SqlName name = _cursor.QualifiedName();
        if (_cursor.Accept("using"))
        {
            _cursor.Name();
        }

        return new Maintenance("CLUSTER", [name]);
    }

    private Maintenance Truncate()
    {
        _cursor.Accept("table");
        _cursor.Accept("only");
        List<SqlName> tables = _cursor.List(_cursor.QualifiedName);
        var restarts = _cursor.Accept("restart", "identity");
        _ = restarts || _cursor.Accept("continue", "identity");
        _cursor.AcceptCascade();
        return new Maintenance("TRUNCATE", tables, restarts);
    }

    private Maintenance VacuumFull()
    {
        if (!_cursor.Accept("full"))
        {
            _cursor.ExpectSign("(");
            _cursor.Expect("full");
            _cursor.ExpectSign(")");
        }

        return new Maintenance("VACUUM FULL", [_cursor.QualifiedName()]);
    }
}
