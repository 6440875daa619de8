namespace PgScale.Testing;

/// <summary>A server program that a test needs is not on this machine; the message says what to install.</summary>
public class TestServerNotFoundException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="server">The program that is missing, for example <c>redis-server</c>.</param>
    /// <param name="message">Where it was looked for, and what to install.</param>
    public TestServerNotFoundException(string server, string message)
        : base(message) => Server = server;

    /// <summary>The program that is missing.</summary>
    public string Server { get; }
}
