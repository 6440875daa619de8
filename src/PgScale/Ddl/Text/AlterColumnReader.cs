using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Text;

/// <summary>Reads ALTER COLUMN of ALTER TABLE; its text begins at the token of an index.</summary>
internal sealed class AlterColumnReader(SqlReaders readers, int start)
{
    private readonly SqlCursor _cursor = readers.Cursor;

    /// <summary>What stands behind ALTER.</summary>
    public AlterAction Read()
    {
        _cursor.Accept("column");
        var column = _cursor.Name();
        if (_cursor.Accept("set", "not", "null"))
        {
            return new AlterAction.SetNotNull(Text, column);
        }

        if (_cursor.Accept("type") || _cursor.Accept("set", "data", "type"))
        {
            return ColumnType(column);
        }

        return _cursor.AcceptAny("set", "drop", "reset", "add", "restart") switch
        {
            "set" => SetColumn(),
            "drop" => DropOfColumn(),
            "reset" => OfColumn(() => readers.Options.Names(), DdlLockMode.ShareUpdateExclusive),
            "add" => OfColumn(Identity, DdlLockMode.AccessExclusive),
            "restart" => OfColumn(Restart, DdlLockMode.AccessExclusive),
            _ => throw _cursor.Unexpected("an action on the column"),
        };
    }

    private AlterAction.ColumnType ColumnType(string column)
    {
        SqlType type = readers.Types.Read();
        SqlName? collation = _cursor.Accept("collate") ? _cursor.AnyName() : null;
        SqlExpression? conversion = _cursor.Accept("using") ? readers.Expressions.Read() : null;
        return new AlterAction.ColumnType(Text, column, type, collation, conversion);
    }

    private AlterAction.Plain SetColumn()
    {
        if (_cursor.AtSign("("))
        {
            return OfColumn(() => readers.Options.Relation(), DdlLockMode.ShareUpdateExclusive);
        }

        switch (_cursor.AcceptAny("default", "statistics", "storage", "compression", "generated", "increment", "start", "cache", "minvalue", "maxvalue"))
        {
            case "default":
                return OfColumn(() => readers.Expressions.Read(), DdlLockMode.AccessExclusive);
            case "statistics":
                return OfColumn(_cursor.Number, DdlLockMode.ShareUpdateExclusive);
            case "storage":
                return OfColumn(() => _cursor.Name(), DdlLockMode.AccessExclusive);
            case "compression":
                return OfColumn(() => _ = _cursor.Accept("default") ? "" : _cursor.Name(), DdlLockMode.AccessExclusive);
            case "generated":
                _ = _cursor.Accept("always") || _cursor.Accept("by", "default") ? true : throw _cursor.Unexpected();
                return Plain(DdlLockMode.AccessExclusive);
            case "increment" or "start":
                _ = _cursor.AcceptAny("by", "with");
                return OfColumn(_cursor.Number, DdlLockMode.AccessExclusive);
            case null:
                throw _cursor.Unexpected("a property of the column");
            default:
                return OfColumn(_cursor.Number, DdlLockMode.AccessExclusive);
        }
    }

    private AlterAction.Plain DropOfColumn()
    {
        if (!_cursor.Accept("default") && !_cursor.Accept("not", "null"))
        {
            _ = _cursor.AcceptAny("expression", "identity") ?? throw _cursor.Unexpected("a property of the column");
            _cursor.AcceptIfExists();
        }

        return Plain(DdlLockMode.AccessExclusive);
    }

    private AlterAction.Plain OfColumn(Action rest, DdlLockMode mode)
    {
        rest();
        return Plain(mode);
    }

    private void Identity()
    {
        _cursor.Expect("generated");
        _ = _cursor.Accept("always") || _cursor.Accept("by", "default") ? true : throw _cursor.Unexpected();
        _cursor.Expect("as", "identity");
        readers.Options.SequenceInBrackets();
    }

    private void Restart()
    {
        if (_cursor.Accept("with") || _cursor.Current.Kind is SqlTokenKind.Integer or SqlTokenKind.Decimal)
        {
            _cursor.Number();
        }
    }

    private AlterAction.Plain Plain(DdlLockMode mode) => new(Text, mode);

    private string Text => _cursor.TextFrom(start);
}
