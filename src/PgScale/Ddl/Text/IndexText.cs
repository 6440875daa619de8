namespace PgScale.Ddl.Text;

/// <summary>Definitions as the server writes them, cut and changed token by token.</summary>
internal static class IndexText
{
    /// <summary>What stands behind the table's name in a definition of <c>pg_get_indexdef</c>: <c>USING btree (…) …</c>.</summary>
    public static string Behind(string definition)
    {
        List<SqlToken> tokens = SqlLexer.Read(definition);
        // CREATE [UNIQUE] INDEX name ON [ONLY] schema.table USING: the first USING is the keyword, names so called are quoted.
        SqlToken found = tokens.First(token => token.IsWord("using"));
        return definition[found.Start..];
    }

    /// <summary>The words of an index with its tablespace, which stands in front of its condition.</summary>
    public static string WithTablespace(string words, string tablespace)
    {
        var condition = words.Length;
        foreach (SqlToken token in SqlLexer.Read(words))
        {
            if (token.IsWord("where"))
            {
                condition = token.Start; // no expression of a key can hold a query, so there is one WHERE at most
            }
        }

        return $"{words[..condition].TrimEnd()} TABLESPACE {SqlNames.Quote(tablespace)} {words[condition..]}".TrimEnd();
    }

    /// <summary>A foreign key with the name of a column of its own table replaced.</summary>
    public static string WithOwnColumn(string key, string column, string replacement)
    {
        var (open, end) = Referenced(key);
        return WithColumn(key[..open], column, replacement) + key[open..end] + WithColumn(key[end..], column, replacement);
    }

    /// <summary>A foreign key with the name of a column of the table that it refers to replaced.</summary>
    public static string WithReferencedColumn(string key, string column, string replacement)
    {
        var (open, end) = Referenced(key);
        return key[..open] + WithColumn(key[open..end], column, replacement) + key[end..];
    }

    // FOREIGN KEY (own) REFERENCES table(theirs) …: what follows, as in SET NULL (own), means the own columns again.
    private static (int Open, int End) Referenced(string key)
    {
        List<SqlToken> tokens = SqlLexer.Read(key);
        var references = tokens.FindIndex(token => token.IsWord("references"));
        var open = tokens.FindIndex(references, token => token.IsSign("("));
        return (tokens[open].Start, tokens[tokens.FindIndex(open, token => token.IsSign(")"))].End);
    }

    /// <summary>Words that stand within the brackets of definitions and are allowed as names of columns, so that they cannot be told from them.</summary>
    public static bool IsAmbiguous(string column) =>
        column is "varying" or "zone" or "time" or "precision" or "first" or "last" or "nulls" or "double" or "timestamp" or "character" or "interval" or "operator" or "escape" or "at";

    /// <summary>The text with a column's name replaced wherever it stands in brackets and is not called as a function.</summary>
    public static string WithColumn(string text, string column, string replacement)
    {
        List<SqlToken> tokens = SqlLexer.Read(text);
        var depth = 0;
        var condition = tokens.FindLastIndex(token => token.IsWord("where")); // of an index; it may be a column without brackets
        for (var index = tokens.Count - 2; index >= 0; index--)
        {
            SqlToken token = tokens[index];
            depth += token.IsSign(")") ? 1 : token.IsSign("(") ? -1 : 0;
            var named = (depth > 0 || (condition >= 0 && index > condition)) && token.Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName && string.Equals(token.Value, column, StringComparison.Ordinal);
            if (named && !tokens[index + 1].IsSign("(") && (index == 0 || !tokens[index - 1].IsSign("::")))
            {
                text = text[..token.Start] + SqlNames.Quote(replacement) + text[token.End..];
            }
        }

        return text;
    }
}
