namespace PgScale.Buffering;

/// <summary>What a buffer writes does not fit its table. The message names the column and the remedy.</summary>
public sealed class BufferMappingException : Exception
{
    /// <summary>Creates it without details.</summary>
    public BufferMappingException()
        : this("The mapping of a buffer does not fit its table.")
    {
    }

    /// <summary>Creates it with a message.</summary>
    /// <param name="message">What does not fit.</param>
    public BufferMappingException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with a message and what led to it.</summary>
    /// <param name="message">What does not fit.</param>
    /// <param name="innerException">What led to it.</param>
    public BufferMappingException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The table, as it was configured.</summary>
    public string Table { get; private init; } = "";

    /// <summary>The column, or empty when it is the table as a whole.</summary>
    public string Column { get; private init; } = "";

    internal static BufferMappingException NoTable(string table) => new(
        $"There is no table '{table}' that this role can see. Create it, write its schema in front of it, or grant USAGE on its schema.")
    {
        Table = table,
    };

    internal static BufferMappingException Of(string table, string column, string problem, Exception? cause = null) => new(
        $"Column '{column}' of table '{table}' {problem}", cause!)
    {
        Table = table,
        Column = column,
    };

    internal static BufferMappingException Of(string table, string problem) => new($"Table '{table}' {problem}") { Table = table };
}
