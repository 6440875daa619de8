using Npgsql;
using PgScale.Testing;

namespace PgScale.Benchmarks.Routing;

/// <summary>The data sources that people use without PgScale.</summary>
internal static class PlainNpgsql
{
    /// <summary>What Npgsql offers for several servers, set to give up on a silent one after 2 s and to look again after 5 s.</summary>
    public static NpgsqlMultiHostDataSource MultiHost(IEnumerable<PostgresServer> servers, Action<NpgsqlConnectionStringBuilder>? configure = null)
    {
        var all = servers.ToList();
        return new NpgsqlDataSourceBuilder(all[0].GetConnectionString(configure: connection =>
        {
            connection.Host = string.Join(',', all.Select(server => $"{server.Host}:{server.Port}"));
            connection.LoadBalanceHosts = true;
            connection.Timeout = 2;
            connection.CommandTimeout = 2;
            connection.HostRecheckSeconds = 5;
            configure?.Invoke(connection);
        })).BuildMultiHost();
    }

    /// <summary>Opens a connection, reads, closes it.</summary>
    public static async ValueTask ReadAsync(
        NpgsqlDataSource source, Func<NpgsqlConnection, CancellationToken, Task<bool>> read, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await read(connection, cancellationToken);
    }
}
