namespace PgScale.Testing;

/// <summary>How a server is asked to stop, in PostgreSQL's own words.</summary>
public enum PostgresShutdown
{
    /// <summary>Sessions are ended, then the server stops cleanly. A primary first sends its replicas all they lack.</summary>
    Fast,

    /// <summary>New sessions are refused and the server stops when the last session has ended.</summary>
    Smart,

    /// <summary>The server stops without a checkpoint, and recovers from its log at the next start.</summary>
    Immediate,
}
