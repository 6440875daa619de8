namespace PgScale.Testing;

/// <summary>A server did not start; the message holds the end of its log.</summary>
public class TestServerStartException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="server">The server's name.</param>
    /// <param name="reason">What happened, without the server's name.</param>
    /// <param name="logTail">The last lines of its log.</param>
    public TestServerStartException(string server, string reason, string logTail)
        : base($"{server} {reason}. The end of its log:\n{logTail}")
    {
        Server = server;
        LogTail = logTail;
    }

    /// <summary>The server's name, for example <c>replica1</c>.</summary>
    public string Server { get; }

    /// <summary>The last lines of its log.</summary>
    public string LogTail { get; }
}
