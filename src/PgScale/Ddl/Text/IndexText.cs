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

    /// <summary>The text with a column's name replaced wherever it stands and is not called as a function.</summary>
    public static string WithColumn(string text, string column, string replacement)
    {
        List<SqlToken> tokens = SqlLexer.Read(text);
        for (var index = tokens.Count - 2; index >= 0; index--)
        {
            SqlToken token = tokens[index];
            var named = token.Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName && string.Equals(token.Value, column, StringComparison.Ordinal);
            if (named && !tokens[index + 1].IsSign("(") && (index == 0 || !tokens[index - 1].IsSign("::")))
            {
                text = text[..token.Start] + SqlNames.Quote(replacement) + text[token.End..];
            }
        }

        return text;
    }
}
