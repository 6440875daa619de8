using System.Text;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;
using Npgsql;
using PgScale.Testing.Postgres;
using Testcontainers.PostgreSql;

namespace PgScale.Testing.Containers;

/// <summary>A primary and streaming replicas in containers of the official image.</summary>
internal sealed class ContainerCluster : ClusterHost
{
    public const string ImageVariable = "PGSCALE_TEST_IMAGE";

    private const string PrimaryAlias = "primary";

    // The official image lets nobody replicate; this runs once, when its database is made.
    private const string AllowReplication = "echo 'host replication all all scram-sha-256' >> \"$PGDATA/pg_hba.conf\"\n";

    // The copy is made by the user that runs the server, and -R writes the settings of a standby.
    private const string BecomeReplica = """
        mkdir -p "$PGDATA" && chown postgres "$PGDATA" && chmod 700 "$PGDATA"
        until gosu postgres pg_basebackup -d "host=primary user=postgres application_name=$REPLICA_NAME" -D "$PGDATA" -R -X stream -c fast; do sleep 0.2; done
        exec gosu postgres postgres
        """;

    private readonly INetwork _network;
    private readonly List<PostgresServer> _servers = [];
    private int _majorVersion;

    private ContainerCluster(INetwork network, PostgresClusterOptions options)
        : base(options.StartTimeout) => _network = network;

    public override IReadOnlyList<PostgresServer> Servers => _servers;

    public override int MajorVersion => _majorVersion;

    protected override string Kind => "A cluster in containers";

    public static async Task<ContainerCluster> StartAsync(string image, PostgresClusterOptions options, CancellationToken cancellationToken)
    {
        ContainerCluster cluster = new(new NetworkBuilder().Build(), options);
        try
        {
            await cluster._network.CreateAsync(cancellationToken).ConfigureAwait(false);
            await cluster.StartServersAsync(image, options, cancellationToken).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_servers.Select(server => server.Runner.DisposeAsync().AsTask())).ConfigureAwait(false);
        await _network.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async Task StartServersAsync(string image, PostgresClusterOptions options, CancellationToken cancellationToken)
    {
        string password = Password.Create();
        IContainer primaryContainer = Primary(image, password, options);
        PostgresServer primary = Add("primary", primaryContainer, password, options);
        List<IContainer> replicas = [];
        for (int number = 1; number <= options.Replicas; number++)
        {
            IContainer container = Replica(image, $"replica{number}", password);
            replicas.Add(container);
            Add($"replica{number}", container, password, options).Upstream = primary;
        }

        await primaryContainer.StartAsync(cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(replicas.Select(replica => replica.StartAsync(cancellationToken))).ConfigureAwait(false);
        await Task.WhenAll(_servers.Skip(1).Select(
            replica => WalReceiver.WaitForStreamingAsync(replica, Timeout, cancellationToken))).ConfigureAwait(false);
        _majorVersion = await primary.ScalarAsync<int>("SELECT current_setting('server_version_num')::int / 10000", cancellationToken).ConfigureAwait(false);
    }

    private PostgreSqlContainer Primary(string image, string password, PostgresClusterOptions options)
    {
        List<string> settings = [];
        foreach ((string name, string value) in options.Settings)
        {
            settings.AddRange(["-c", $"{name}={value}"]);
        }

        return new PostgreSqlBuilder(image)
            .WithNetwork(_network)
            .WithNetworkAliases(PrimaryAlias)
            .WithUsername("postgres")
            .WithPassword(password)
            .WithDatabase(options.Database)
            .WithResourceMapping(Encoding.UTF8.GetBytes(AllowReplication), "/docker-entrypoint-initdb.d/replication.sh")
            .WithCommand(["-c", "wal_keep_size=512MB", "-c", "wal_retrieve_retry_interval=200ms", .. settings])
            .Build();
    }

    private IContainer Replica(string image, string name, string password) => new ContainerBuilder(image)
        .WithNetwork(_network)
        .WithNetworkAliases(name)
        .WithPortBinding(ContainerServer.PortInside, assignRandomHostPort: true)
        .WithEnvironment("PGPASSWORD", password)
        .WithEnvironment("REPLICA_NAME", name)
        .WithEntrypoint("bash", "-c")
        .WithCommand(BecomeReplica)
        .WithWaitStrategy(Wait.ForUnixContainer().UntilCommandIsCompleted("pg_isready", "-h", "127.0.0.1"))
        .Build();

    private PostgresServer Add(string name, IContainer container, string password, PostgresClusterOptions options)
    {
        NpgsqlConnectionStringBuilder connection = new() { Username = "postgres", Password = password, Database = options.Database };
        PostgresServer server = new(name, new ContainerServer(container), connection.ConnectionString, Timeout);
        _servers.Add(server);
        return server;
    }
}
