namespace PgScale.Cluster;

/// <summary>There is no primary to write to right now. The message says why; it may be worth trying again later.</summary>
public sealed class PrimaryUnavailableException : Exception
{
    /// <summary>Creates it with no reason.</summary>
    public PrimaryUnavailableException()
        : this("There is no primary.")
    {
    }

    /// <summary>Creates it with a reason.</summary>
    /// <param name="message">Why there is no primary, as a sentence.</param>
    public PrimaryUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with a reason and what led to it.</summary>
    /// <param name="message">Why there is no primary, as a sentence.</param>
    /// <param name="innerException">What led to it.</param>
    public PrimaryUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
