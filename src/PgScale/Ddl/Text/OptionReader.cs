namespace PgScale.Ddl.Text;

/// <summary>Reads lists of options: those in WITH brackets and those of sequences.</summary>
internal sealed class OptionReader(SqlCursor cursor, SqlTypeReader types)
{
    /// <summary>(name = value, …) of indexes (definition).</summary>
    public void Definition() => cursor.Bracketed(() => Item(dotted: false));

    /// <summary>(name = value, …) of relations, where names may have two parts (reloptions); gives the names.</summary>
    public List<string> Relation() => cursor.Bracketed(() => Item(dotted: true));

    /// <summary>(name, …) of RESET.</summary>
    public List<string> Names() => cursor.Bracketed(() => Name(dotted: true));

    public void SequenceInBrackets()
    {
        if (cursor.AcceptSign("("))
        {
            _ = Sequence() > 0 ? true : throw cursor.Unexpected("an option of the sequence");
            cursor.ExpectSign(")");
        }
    }

    /// <summary>The options of a sequence, and how many there were.</summary>
    public int Sequence(Action<SqlName>? owner = null)
    {
        var count = 0;
        while (SequenceOption(owner))
        {
            count++;
        }

        return count;
    }

    private bool SequenceOption(Action<SqlName>? owner)
    {
        if (cursor.Accept("no"))
        {
            return cursor.AcceptAny("minvalue", "maxvalue", "cycle") is not null ? true : throw cursor.Unexpected();
        }

        switch (cursor.AcceptAny("as", "increment", "minvalue", "maxvalue", "start", "restart", "cache", "cycle", "owned"))
        {
            case "as":
                types.ReadSimple();
                return true;
            case "increment":
                cursor.Accept("by");
                break;
            case "start":
                cursor.Accept("with");
                break;
            case "restart":
                if (!cursor.Accept("with") && cursor.Current.Kind is not (SqlTokenKind.Integer or SqlTokenKind.Decimal) && !cursor.AtSign("-") && !cursor.AtSign("+"))
                {
                    return true;
                }

                break;
            case "cycle":
                return true;
            case "owned":
                cursor.Expect("by");
                Owner(owner);
                return true;
            case null:
                return false;
        }

        cursor.Number();
        return true;
    }

    // table.column or schema.table.column
    private void Owner(Action<SqlName>? owner)
    {
        if (cursor.Accept("none"))
        {
            return;
        }

        List<string> parts = [cursor.Name()];
        while (cursor.AcceptSign("."))
        {
            parts.Add(cursor.Label());
        }

        _ = parts.Count is 2 or 3 ? true : throw cursor.Unexpected("a column with its table");
        owner?.Invoke(new SqlName(parts.Count == 3 ? parts[0] : null, parts[^2]));
    }

    private string Item(bool dotted)
    {
        var name = Name(dotted);
        if (cursor.AcceptSign("="))
        {
            Value();
        }

        return name;
    }

    private string Name(bool dotted)
    {
        var name = cursor.Label();
        return dotted && cursor.AcceptSign(".") ? $"{name}.{cursor.Label()}" : name;
    }

    private void Value()
    {
        SqlToken token = cursor.Current;
        if (token.Kind is SqlTokenKind.Text || token.IsWord("true") || token.IsWord("false") || token.IsWord("on") || token.IsWord("none")
            || (token.Kind == SqlTokenKind.Word && SqlKeywords.MayNameFunction(token.Value)))
        {
            cursor.Take();
        }
        else
        {
            cursor.Number();
        }
    }
}
