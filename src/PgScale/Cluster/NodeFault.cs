using System.Net.Sockets;
using Npgsql;

namespace PgScale.Cluster;

/// <summary>Why a server gave no facts: one sentence without secrets.</summary>
internal sealed record NodeFault(string Reason, string? SqlState = null, bool IsSilence = false)
{
    internal static NodeFault Unresponsive(TimeSpan silence) => new($"it has not answered for {silence.TotalMilliseconds:0} ms", IsSilence: true);

    internal static NodeFault From(Exception exception, ClusterNode node) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow } starting => new($"it answers '{starting.MessageText}'", starting.SqlState),
        PostgresException refused => new($"it answers '{refused.MessageText}' (SQLSTATE {refused.SqlState})", refused.SqlState),
        OperationCanceledException or TimeoutException or NpgsqlException { InnerException: TimeoutException or OperationCanceledException } =>
            new("it does not answer", IsSilence: true),
        NpgsqlException { InnerException: SocketException socket } => FromSocket(socket, node),
        SocketException socket => FromSocket(socket, node),
        NpgsqlException { InnerException: IOException } => new("the connection broke"),
        _ => new($"{exception.GetType().Name}: {exception.Message}"),
    };

    private static NodeFault FromSocket(SocketException socket, ClusterNode node) => socket.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => new("it refuses connections"),
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => new($"the host name '{node.Host}' has no address"),
        _ => new($"the network says '{socket.SocketErrorCode}'"),
    };
}
