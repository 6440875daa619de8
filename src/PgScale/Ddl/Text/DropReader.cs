using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Text;

/// <summary>Reads DROP of everything, from behind DROP.</summary>
internal sealed class DropReader(SqlReaders readers)
{
    private readonly SqlCursor _cursor = readers.Cursor;

    public DdlStatement Read() => (DdlStatement?)Relations() ?? OnTable() ?? Objects();

    private DropRelations? Relations()
    {
        RelationKind? found = _cursor.Accept("table") ? RelationKind.Table
            : _cursor.Accept("index") ? RelationKind.Index
            : _cursor.Accept("view") ? RelationKind.View
            : _cursor.Accept("materialized", "view") ? RelationKind.MaterializedView
            : _cursor.Accept("sequence") ? RelationKind.Sequence
            : _cursor.Accept("foreign", "table") ? RelationKind.ForeignTable
            : null;
        if (found is not { } kind)
        {
            return null;
        }

        var concurrently = kind == RelationKind.Index && _cursor.Accept("concurrently");
        var ifExists = _cursor.AcceptIfExists();
        List<SqlName> names = _cursor.List(_cursor.QualifiedName);
        return new DropRelations($"DROP {Words(kind)}", kind, names, concurrently, ifExists, _cursor.AcceptCascade());
    }

    internal static string Words(RelationKind kind) => kind switch
    {
        RelationKind.MaterializedView => "MATERIALIZED VIEW",
        RelationKind.ForeignTable => "FOREIGN TABLE",
        _ => kind.ToString().ToUpperInvariant(),
    };

    private DropObject? OnTable()
    {
        var kind = _cursor.AcceptAny("trigger", "rule", "policy");
        if (kind is null)
        {
            return null;
        }

        var ifExists = _cursor.AcceptIfExists();
        SqlName name = new(null, _cursor.Name());
        _cursor.Expect("on");
        SqlName table = _cursor.QualifiedName();
        return new DropObject($"DROP {kind.ToUpperInvariant()}", kind, [name], table, ifExists, _cursor.AcceptCascade());
    }

    private DropObject Objects()
    {
        var kind = _cursor.AcceptAny("function", "procedure", "type", "domain", "schema", "extension", "statistics", "collation", "publication")
            ?? throw _cursor.Unexpected("what to drop");
        var ifExists = _cursor.AcceptIfExists();
        List<SqlName> names = _cursor.List(() => ObjectName(kind));
        var cascade = _cursor.AcceptCascade();
        return new DropObject($"DROP {kind.ToUpperInvariant()}", kind, names, null, ifExists, cascade);
    }

    private SqlName ObjectName(string kind)
    {
        switch (kind)
        {
            case "function" or "procedure":
                SqlName function = _cursor.FunctionName();
                new FunctionReader(readers).Signature();
                return function;
            case "type" or "domain":
                SqlType type = readers.Types.Read();
                return new SqlName(type.Schema, type.Name);
            case "schema" or "extension" or "publication":
                return new SqlName(null, _cursor.Name());
            default:
                return _cursor.AnyName();
        }
    }
}
