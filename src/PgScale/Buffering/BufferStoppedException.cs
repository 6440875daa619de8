namespace PgScale.Buffering;

/// <summary>A buffer cannot write to its table until somebody changes the table, the mapping or the rights. It keeps what it holds and tries again.</summary>
public sealed class BufferStoppedException : Exception
{
    /// <summary>Creates it without details.</summary>
    public BufferStoppedException()
        : this("The buffer cannot write to its table.")
    {
    }

    /// <summary>Creates it with a message.</summary>
    /// <param name="message">Which buffer, and why.</param>
    public BufferStoppedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with a message and the server's refusal.</summary>
    /// <param name="message">Which buffer, and why.</param>
    /// <param name="innerException">The server's refusal.</param>
    public BufferStoppedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
