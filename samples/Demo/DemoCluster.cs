using PgScale.Cluster;
using PgScale.Testing;

namespace PgScale.Samples.Demo;

/// <summary>The servers of the demo under the names that the application uses: roles change, so names do not tell them.</summary>
internal sealed class DemoCluster : IAsyncDisposable
{
    private readonly PostgresCluster _cluster;

    private DemoCluster(PostgresCluster cluster, RedisServer redis, string version)
    {
        _cluster = cluster;
        Redis = redis;
        Version = version;
    }

    public string Version { get; }

    public RedisServer Redis { get; }

    public PostgresServer Primary => _cluster.Primary;

    public IReadOnlyList<PostgresServer> Servers => _cluster.Servers;

    public static async Task<DemoCluster> StartAsync(CancellationToken cancellationToken)
    {
        // Scenes kill servers, so they are always our own, also when the tests are told to use servers of somebody else.
        var installation = await PostgresInstallation.FindAsync(cancellationToken: cancellationToken);
        var options = new PostgresClusterOptions
        {
            BinDirectory = installation.BinDirectory,
            Database = "chat",
            Settings = { ["max_wal_size"] = "4GB", ["maintenance_work_mem"] = "128MB", ["shared_buffers"] = "256MB" },
        };
        var redis = await RedisServer.StartAsync(cancellationToken: cancellationToken);
        try
        {
            return new(await PostgresCluster.StartAsync(options, cancellationToken), redis, installation.Version);
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the application would have in its configuration.</summary>
    public IEnumerable<NodeOptions> Nodes => Servers.Select(server => new NodeOptions { Name = NameOf(server), ConnectionString = server.ConnectionString });

    public string NameOf(PostgresServer server) => $"pg{Servers.ToList().IndexOf(server) + 1}";

    public PostgresServer Find(string name) => Servers.First(server => string.Equals(NameOf(server), name, StringComparison.Ordinal));

    public Task WaitForReplicasAsync(CancellationToken cancellationToken) => _cluster.WaitForReplicasAsync(cancellationToken);

    public Task PromoteAsync(PostgresServer replica, CancellationToken cancellationToken) => _cluster.PromoteAsync(replica, cancellationToken);

    public Task RejoinAsync(PostgresServer oldPrimary, CancellationToken cancellationToken) => _cluster.RejoinAsync(oldPrimary, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
