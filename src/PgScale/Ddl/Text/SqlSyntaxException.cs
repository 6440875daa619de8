namespace PgScale.Ddl.Text;

/// <summary>The text is not one of the forms that the recogniser knows; the server may think otherwise.</summary>
internal sealed class SqlSyntaxException : Exception
{
    public SqlSyntaxException()
    {
    }

    public SqlSyntaxException(string message)
        : base(message)
    {
    }

    public SqlSyntaxException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public SqlSyntaxException(string message, int position)
        : base($"{message} (at character {position + 1})") => Position = position;

    /// <summary>The index of the character in the text.</summary>
    public int Position { get; }
}
