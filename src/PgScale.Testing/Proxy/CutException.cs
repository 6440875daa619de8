namespace PgScale.Testing.Proxy;

/// <summary>Ends a connection that was to be cut here.</summary>
internal sealed class CutException() : IOException("The proxy cut this connection.");
