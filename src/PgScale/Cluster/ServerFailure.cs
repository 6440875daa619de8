using System.Net.Sockets;
using Npgsql;

namespace PgScale.Cluster;

/// <summary>Tells failures that speak of a server's state from those that speak of a statement.</summary>
internal static class ServerFailure
{
    /// <summary>Whether the server may have gone, restarted or changed its role.</summary>
    internal static bool Concerns(Exception failure) => failure switch
    {
        PostgresException refused => Concerns(refused.SqlState),
        NpgsqlException { InnerException: SocketException or IOException or TimeoutException } => true,
        NpgsqlException { InnerException: null } or SocketException => true,
        ObjectDisposedException => true, // what Npgsql throws when a pooled connection breaks while a command starts on it
        _ => failure.InnerException is { } inner && Concerns(inner), // object mappers wrap
    };

    private static bool Concerns(string sqlState) =>
        sqlState is PostgresErrorCodes.ReadOnlySqlTransaction
            or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
        || sqlState.StartsWith("08", StringComparison.Ordinal);
}
