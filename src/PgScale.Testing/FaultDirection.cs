namespace PgScale.Testing;

/// <summary>The way that bytes go through a <see cref="FaultProxy"/>.</summary>
public enum FaultDirection
{
    /// <summary>From the server to the client: results.</summary>
    ToClient,

    /// <summary>From the client to the server: queries.</summary>
    ToServer,
}
