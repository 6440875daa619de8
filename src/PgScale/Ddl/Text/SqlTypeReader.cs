namespace PgScale.Ddl.Text;

/// <summary>Reads the name of a type (Typename of the server's grammar, without SETOF and %TYPE).</summary>
internal sealed class SqlTypeReader(SqlCursor cursor)
{
    public SqlType Read()
    {
        var start = cursor.Index;
        List<string> modifiers = [];
        SqlName name = Simple(modifiers);
        var array = Brackets();
        return new SqlType(cursor.TextFrom(start), name.Name, name.Schema, modifiers, array);
    }

    /// <summary>A type that cannot be an array (SimpleTypename).</summary>
    public SqlType ReadSimple()
    {
        var start = cursor.Index;
        List<string> modifiers = [];
        SqlName name = Simple(modifiers);
        return new SqlType(cursor.TextFrom(start), name.Name, name.Schema, modifiers, false);
    }

    private SqlName Simple(List<string> modifiers)
    {
        SqlToken first = cursor.Current;
        if (first.Kind == SqlTokenKind.Word && !cursor.Peek(1).IsSign(".") && BuiltIn(first.Value, modifiers) is { } name)
        {
            return new SqlName(null, name);
        }

        if (first.Kind == SqlTokenKind.Word && !SqlKeywords.MayNameFunction(first.Value) && cursor.Peek(1).IsSign("."))
        {
            throw cursor.Unexpected("a type"); // a column may be called so, a schema in front of a type may not
        }

        // A column keyword from 17 on, a plain name before.
        SqlName generic = first.IsWord("json") && cursor.Accept("json") ? new SqlName(null, "json") : cursor.FunctionName();
        if (cursor.AtSign("("))
        {
            modifiers.AddRange(cursor.Bracketed(Modifier));
        }

        return generic;
    }

    private string? BuiltIn(string word, List<string> modifiers)
    {
        switch (word)
        {
            case "int" or "integer":
                return Plain("int4");
            case "smallint":
                return Plain("int2");
            case "bigint":
                return Plain("int8");
            case "real":
                return Plain("float4");
            case "boolean":
                return Plain("bool");
            case "double":
                cursor.Take();
                cursor.Expect("precision");
                return "float8";
            case "float":
                return Float();
            case "decimal" or "dec" or "numeric":
                return WithModifiers("numeric", modifiers, 2);
            case "bit":
                cursor.Take();
                return Modified(cursor.Accept("varying") ? "varbit" : "bit", modifiers, 1);
            case "character" or "char":
                cursor.Take();
                return Length(cursor.Accept("varying") ? "varchar" : "bpchar", modifiers);
            case "varchar":
                cursor.Take();
                return Length("varchar", modifiers);
            case "timestamp" or "time":
                return Moment(word, modifiers);
            case "interval":
                return Interval(modifiers);
            default:
                return null;
        }
    }

    private string Plain(string name)
    {
        cursor.Take();
        return name;
    }

    private string Float()
    {
        cursor.Take();
        if (!cursor.AcceptSign("("))
        {
            return "float8";
        }

        SqlToken digits = cursor.Current;
        var precision = cursor.Integer();
        cursor.ExpectSign(")");
        return precision is >= 1 and <= 53
            ? precision <= 24 ? "float4" : "float8"
            : throw new SqlSyntaxException("A float has a precision of 1 to 53 bits.", digits.Start);
    }

    private string WithModifiers(string name, List<string> modifiers, int most)
    {
        cursor.Take();
        return Modified(name, modifiers, most);
    }

    private string Modified(string name, List<string> modifiers, int most)
    {
        if (cursor.AtSign("("))
        {
            modifiers.AddRange(cursor.Bracketed(Modifier));
        }

        return modifiers.Count <= most ? name : throw cursor.Unexpected();
    }

    private string Length(string name, List<string> modifiers)
    {
        if (cursor.AcceptSign("("))
        {
            modifiers.Add(cursor.Current.Value);
            cursor.Integer();
            cursor.ExpectSign(")");
        }

        return name;
    }

    private string Moment(string word, List<string> modifiers)
    {
        cursor.Take();
        Length(word, modifiers);
        var zoned = cursor.Accept("with", "time", "zone");
        return zoned ? word + "tz" : Unzoned(word);
    }

    private string Unzoned(string word)
    {
        cursor.Accept("without", "time", "zone");
        return word;
    }

    private string Interval(List<string> modifiers)
    {
        cursor.Take();
        if (cursor.AtSign("("))
        {
            return Length("interval", modifiers);
        }

        if (cursor.AcceptAny("year", "month", "day", "hour", "minute", "second") is { } field)
        {
            modifiers.Add(field);
            if (cursor.Accept("to"))
            {
                modifiers.Add(LastField(field));
            }
        }

        return "interval";
    }

    private string LastField(string first)
    {
        ReadOnlySpan<string> fields = first switch
        {
            "year" => ["month"],
            "day" => ["hour", "minute", "second"],
            "hour" => ["minute", "second"],
            "minute" => ["second"],
            _ => [],
        };
        return cursor.AcceptAny(fields) ?? throw cursor.Unexpected();
    }

    private string Modifier()
    {
        var start = cursor.Index;
        _ = cursor.AcceptSign("-");
        if (cursor.Current.Kind is SqlTokenKind.Integer or SqlTokenKind.Word or SqlTokenKind.Text && (cursor.Current.Kind != SqlTokenKind.Word || cursor.AtName))
        {
            cursor.Take();
            return cursor.TextFrom(start);
        }

        throw cursor.Unexpected("a modifier of the type");
    }

    private bool Brackets()
    {
        if (cursor.Accept("array"))
        {
            if (cursor.AcceptSign("["))
            {
                cursor.Integer();
                cursor.ExpectSign("]");
            }

            return true;
        }

        var array = false;
        while (cursor.AcceptSign("["))
        {
            array = true;
            if (!cursor.AtSign("]"))
            {
                cursor.Integer();
            }

            cursor.ExpectSign("]");
        }

        return array;
    }
}
