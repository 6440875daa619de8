namespace PgScale.Routing;

/// <summary>
/// The connection was lost after COMMIT (or a statement outside a transaction) had been sent: the write may have been applied or not.
/// </summary>
/// <remarks>Look at the data before doing it again, or make the write idempotent and say so in <see cref="WriteOptions.Idempotent"/>.</remarks>
public sealed class WriteOutcomeUnknownException : Exception
{
    /// <summary>Creates it without details.</summary>
    public WriteOutcomeUnknownException()
        : this("The outcome of the write is not known.")
    {
    }

    /// <summary>Creates it with a message.</summary>
    public WriteOutcomeUnknownException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with a message and the failure of the connection.</summary>
    public WriteOutcomeUnknownException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The node that the write was sent to.</summary>
    public string Node { get; private init; } = "";

    internal static WriteOutcomeUnknownException After(string node, Exception failure) => new(
        $"The connection to {node} was lost after COMMIT had been sent, so the write may have been applied or not. "
        + "Look at the data before repeating it, or mark the write as idempotent.", failure)
    {
        Node = node,
    };
}
