using Npgsql;
using NpgsqlTypes;
using PgScale.Testing;

namespace PgScale.Samples.ChatService.Demo.Servers;

/// <summary>A primary, two replicas and Redis of the demo's own. Each side has a database of its own on them.</summary>
internal sealed class ChatServers : IAsyncDisposable
{
    public const string With = "chat";
    public const string Without = "chat_without";

    private const string ReceivedSql = "SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())";

    private readonly PostgresCluster _cluster;

    private ChatServers(PostgresCluster cluster, RedisServer redis, string version)
    {
        _cluster = cluster;
        Redis = redis;
        Version = version;
    }

    public string Version { get; }

    public RedisServer Redis { get; }

    public PostgresServer Primary => _cluster.Primary;

    public IReadOnlyList<PostgresServer> Replicas => _cluster.Replicas;

    public static async Task<ChatServers> StartAsync(CancellationToken cancellationToken)
    {
        // Scenes kill servers, so they are always our own, also when the tests are told to use servers of somebody else.
        var installation = await PostgresInstallation.FindAsync(cancellationToken: cancellationToken);
        var redis = await RedisServer.StartAsync(cancellationToken: cancellationToken);
        try
        {
            var cluster = await PostgresCluster.StartAsync(
                new()
                {
                    BinDirectory = installation.BinDirectory,
                    Database = With,
                    Durable = true, // commits wait for the disk, as in production
                    Settings =
                    {
                        ["shared_preload_libraries"] = "pg_stat_statements",
                        ["shared_buffers"] = "256MB",
                        ["max_wal_size"] = "4GB",
                        // How many images of whole pages there are depends on when the last checkpoint was, and would hide what a request writes.
                        ["full_page_writes"] = "off",
                        ["wal_log_hints"] = "off",
                    },
                },
                cancellationToken);
            return new(cluster, redis, installation.Version);
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    /// <summary>The second database, the statistics, and commits that are on two servers before they are confirmed, so that no failover loses one.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await Primary.ExecuteAsync($"CREATE DATABASE {Without}", cancellationToken);
        await Primary.ExecuteAsync("CREATE EXTENSION pg_stat_statements", cancellationToken);
        await Task.WhenAll(_cluster.Servers.Select(server => server.ConfigureAsync("synchronous_standby_names", "ANY 1 (*)", cancellationToken)));
    }

    /// <summary>The configuration of the service, as it would be in a file or in the environment.</summary>
    public IReadOnlyDictionary<string, string?> ConfigurationWith(Release release) => new Dictionary<string, string?>(
        _cluster.Servers.Select((server, index) => KeyValuePair.Create($"PgScale:Nodes:{index}:ConnectionString", (string?)server.GetConnectionString(With))), StringComparer.Ordinal)
    {
        ["PgScale:Caching:Redis"] = Redis.ConnectionString,
        ["Chat:Migrations"] = release.Folder,
    };

    public string NameOf(PostgresServer server) => $"pg{_cluster.Servers.ToList().IndexOf(server) + 1}";

    public NpgsqlDataSource OpenPrimary(string database) => NpgsqlDataSource.Create(Primary.GetConnectionString(database));

    public Task WaitForReplicasAsync(CancellationToken cancellationToken) => _cluster.WaitForReplicasAsync(cancellationToken);

    /// <summary>Promotes the replica that has received most, as any operator would.</summary>
    public async Task<PostgresServer> PromoteAsync(CancellationToken cancellationToken)
    {
        var received = new List<(PostgresServer Server, NpgsqlLogSequenceNumber Position)>();
        foreach (var replica in Replicas)
        {
            received.Add((replica, await replica.ScalarAsync<NpgsqlLogSequenceNumber>(ReceivedSql, cancellationToken)));
        }

        var heir = received.MaxBy(candidate => candidate.Position).Server;
        await _cluster.PromoteAsync(heir, cancellationToken);
        return heir;
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
