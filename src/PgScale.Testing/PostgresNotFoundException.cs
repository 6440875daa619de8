namespace PgScale.Testing;

/// <summary>No PostgreSQL of the wanted version is on this machine; the message says where it was looked for and what to install.</summary>
public sealed class PostgresNotFoundException : TestServerNotFoundException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="majorVersion">The major version that was asked for, or null when any would do.</param>
    /// <param name="message">Where it was looked for, and what to install.</param>
    public PostgresNotFoundException(int? majorVersion, string message)
        : base("postgres", message) => MajorVersion = majorVersion;

    /// <summary>The major version that was asked for, or null when any would do.</summary>
    public int? MajorVersion { get; }
}
