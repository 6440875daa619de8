namespace PgScale.Backfill;

/// <summary>A backfill stopped because of an error. What is done stays done; running it again goes on from there.</summary>
public sealed class BackfillFailedException : Exception
{
    /// <summary>Creates it without details.</summary>
    public BackfillFailedException()
        : this("The backfill failed.")
    {
    }

    /// <summary>Creates it with a message.</summary>
    public BackfillFailedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with a message and what led to it.</summary>
    public BackfillFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The backfill.</summary>
    public string Backfill { get; private init; } = "";

    internal static BackfillFailedException For(string backfill, string reason, Exception? cause = null) =>
        new($"The backfill '{backfill}' stopped: {reason}", cause!) { Backfill = backfill };
}
