namespace PgScale.Testing;

/// <summary>A PostgreSQL server did not start; the message holds the end of its log, which says why.</summary>
public sealed class PostgresStartException : TestServerStartException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="server">The server's name.</param>
    /// <param name="reason">What happened, without the server's name.</param>
    /// <param name="logTail">The last lines of its log.</param>
    public PostgresStartException(string server, string reason, string logTail)
        : base(server, reason, logTail)
    {
    }
}
