using Npgsql;

namespace PgScale.Routing;

/// <summary>A read in which the caller's delegate gets the connection.</summary>
internal sealed class ConnectionRead<T>(in ReadRequest request, Func<NpgsqlConnection, CancellationToken, Task<T>> read) : ReadWork<T>(request)
{
    internal override Task<T> RunAsync(NodeSession session, CancellationToken cancellationToken) => read(session.Connection, cancellationToken);
}
