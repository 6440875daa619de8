namespace PgScale.Buffering;

/// <summary>A buffer had no room for an item, which was not taken. The message names the bound that was reached.</summary>
public sealed class BufferFullException : Exception
{
    /// <summary>Creates it without details.</summary>
    public BufferFullException()
        : this("The buffer is full.")
    {
    }

    /// <summary>Creates it with a message.</summary>
    /// <param name="message">Which buffer, and which bound.</param>
    public BufferFullException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with a message and what led to it.</summary>
    /// <param name="message">Which buffer, and which bound.</param>
    /// <param name="innerException">What led to it.</param>
    public BufferFullException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
