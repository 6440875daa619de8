using PgScale.Ddl.Text;

namespace PgScale.Ddl;

/// <summary>Cuts a text into statements.</summary>
public static class DdlScript
{
    /// <summary>The statements of a text without their semicolons, cut by the server's lexical rules; empty ones are left out.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">The text has a form that is not understood, such as a string without end.</exception>
    public static IReadOnlyList<string> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return [.. StatementText.Split(text).Select(statement => statement.Sql)];
        }
        catch (SqlSyntaxException wrong)
        {
            throw new FormatException(wrong.Message, wrong);
        }
    }
}
