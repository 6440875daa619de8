namespace PgScale.Ddl.Text;

/// <summary>A text cut into its statements at the semicolons that stand outside of quotes and comments.</summary>
internal static class StatementText
{
    /// <summary>The statements with their tokens, without semicolons; empty ones are left out.</summary>
    /// <exception cref="SqlSyntaxException">The text has a form that the lexer does not know.</exception>
    public static List<(string Sql, List<SqlToken> Tokens)> Split(string text)
    {
        List<(string Sql, List<SqlToken> Tokens)> statements = [];
        List<SqlToken> part = [];
        foreach (SqlToken token in SqlLexer.Read(text))
        {
            if (token.Kind != SqlTokenKind.End && !token.IsSign(";"))
            {
                part.Add(token);
            }
            else if (part.Count > 0)
            {
                statements.Add(Statement(text, part));
                part = [];
            }
        }

        return statements;
    }

    private static (string Sql, List<SqlToken> Tokens) Statement(string text, List<SqlToken> part)
    {
        var start = part[0].Start;
        var end = part[^1].End;
        List<SqlToken> tokens = [.. part.Select(token => token with { Start = token.Start - start, End = token.End - start }), new SqlToken(SqlTokenKind.End, "", end - start, end - start)];
        return (text[start..end], tokens);
    }
}
