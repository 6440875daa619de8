using Npgsql;
using PgScale.Testing.Processes;

namespace PgScale.Testing.Postgres;

/// <summary>A cluster of child processes in a folder of its own.</summary>
internal sealed class LocalCluster : ClusterHost
{
    private readonly PostgresClusterOptions _options;
    private readonly PostgresInstallation _installation;
    private readonly TestFolder _folder;
    private readonly string _password = Password.Create();
    private readonly List<PostgresServer> _initial = [];
    private readonly HashSet<LocalServer> _hosts = [];

    private LocalCluster(PostgresClusterOptions options, PostgresInstallation installation)
        : base(options.StartTimeout)
    {
        _options = options;
        _installation = installation;
        _folder = TestFolder.Create("cluster", options.Directory ?? (options.Durable ? TestFolderLocation.Durable() : TestFolderLocation.Volatile()));
    }

    public override IReadOnlyList<PostgresServer> Servers => _initial;

    public override int MajorVersion => _installation.MajorVersion;

    protected override string Kind => "A local cluster";

    public static async Task<LocalCluster> StartAsync(
        PostgresClusterOptions options, PostgresInstallation installation, CancellationToken cancellationToken)
    {
        LocalCluster cluster = new(options, installation);
        try
        {
            await cluster.CreateServersAsync(cancellationToken).ConfigureAwait(false);
            await cluster.StartServersAsync(cancellationToken).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override async Task<PostgresServer> AddReplicaAsync(
        string name, PostgresServer upstream, PostgresServer primary, CancellationToken cancellationToken)
    {
        PostgresServer replica = CreateServer(name, Local(primary).Settings.Clone());
        try
        {
            await CopyAndStartAsync(replica, upstream, primary, cancellationToken).ConfigureAwait(false);
            return replica;
        }
        catch
        {
            await RemoveAsync(replica, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    public override async Task RemoveAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        LocalServer host = Local(server);
        await host.DisposeAsync().ConfigureAwait(false);
        _hosts.Remove(host);
        await host.DeleteDataAsync().ConfigureAwait(false);
    }

    public override Task PromoteAsync(PostgresServer candidate, IReadOnlyList<PostgresServer> servers, CancellationToken cancellationToken) =>
        new Promotion(this, candidate, servers).RunAsync(cancellationToken);

    public override async Task RejoinAsync(PostgresServer server, PostgresServer primary, CancellationToken cancellationToken)
    {
        LocalServer host = Local(server);
        await host.StopAsync(PostgresShutdown.Fast, cancellationToken).ConfigureAwait(false);
        if (await Rewind.TryAsync(_installation, host, primary, cancellationToken).ConfigureAwait(false))
        {
            await StartAsReplicaAsync(server, primary, cancellationToken).ConfigureAwait(false);
            return;
        }

        await host.DeleteDataAsync().ConfigureAwait(false);
        await CopyAndStartAsync(server, primary, primary, cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_hosts.Select(host => host.DisposeAsync().AsTask())).ConfigureAwait(false);
        _hosts.Clear();
        await _folder.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private static LocalServer Local(PostgresServer server) => (LocalServer)server.Runner;

    private PostgresServer CreateServer(string name, ServerSettings settings)
    {
        LocalServer host = new(name, _installation, _folder.Path, settings, Timeout);
        _hosts.Add(host);
        NpgsqlConnectionStringBuilder connection = new()
        {
            Username = "postgres",
            Password = _password,
            Database = _options.Database,
            IncludeErrorDetail = true,
        };
        return new PostgresServer(name, host, connection.ConnectionString, Timeout);
    }

    private async Task CreateServersAsync(CancellationToken cancellationToken)
    {
        PostgresServer primary = CreateServer("primary", new ServerSettings(_options.Settings, _options.Durable));
        _initial.Add(primary);
        await DataDirectoryTemplate.CreatePrimaryAsync(
            _installation, _options.Database, _password, primary.DataDirectory, cancellationToken).ConfigureAwait(false);
        for (var number = 1; number <= _options.Replicas; number++)
        {
            _initial.Add(CreateServer($"replica{number}", Local(primary).Settings.Clone()));
        }

        await Task.WhenAll(_initial.Skip(1).Select(async replica =>
        {
            await DataDirectory.CopyAsync(primary.DataDirectory, replica.DataDirectory, cancellationToken).ConfigureAwait(false);
            await PrepareReplicaAsync(replica, primary, cancellationToken).ConfigureAwait(false);
        })).ConfigureAwait(false);
    }

    private async Task StartServersAsync(CancellationToken cancellationToken)
    {
        PostgresServer primary = _initial[0];
        var expectedPort = primary.Port;
        await Task.WhenAll(_initial.Select(server => server.StartAsync(cancellationToken))).ConfigureAwait(false);
        // The primary takes another port when it lost a race for the first one.
        Func<PostgresServer, Task> connect = primary.Port == expectedPort
            ? replica => WalReceiver.WaitForStreamingAsync(replica, Timeout, cancellationToken)
            : replica => WalReceiver.FollowAsync(replica, primary, Timeout, cancellationToken);
        await Task.WhenAll(_initial.Skip(1).Select(connect)).ConfigureAwait(false);
    }

    private async Task CopyAndStartAsync(PostgresServer replica, PostgresServer upstream, PostgresServer primary, CancellationToken cancellationToken)
    {
        await LiveBackup.CopyAsync(primary, MajorVersion, replica.DataDirectory, cancellationToken).ConfigureAwait(false);
        await StartAsReplicaAsync(replica, upstream, cancellationToken).ConfigureAwait(false);
    }

    private async Task StartAsReplicaAsync(PostgresServer replica, PostgresServer upstream, CancellationToken cancellationToken)
    {
        await PrepareReplicaAsync(replica, upstream, cancellationToken).ConfigureAwait(false);
        await replica.StartAsync(cancellationToken).ConfigureAwait(false);
        await WalReceiver.WaitForStreamingAsync(replica, Timeout, cancellationToken).ConfigureAwait(false);
    }

    private static Task PrepareReplicaAsync(PostgresServer replica, PostgresServer upstream, CancellationToken cancellationToken)
    {
        LocalServer host = Local(replica);
        host.Settings["primary_conninfo"] = WalReceiver.ConnectionTo(upstream, replica.Name);
        replica.Upstream = upstream;
        return host.WriteStandbySignalAsync(cancellationToken);
    }
}
