using System.Collections.Immutable;
using NpgsqlTypes;
using PgScale.Testing.Postgres;

namespace PgScale.Testing;

/// <summary>
/// A real PostgreSQL primary with streaming replicas, started in about two seconds without Docker, on free ports of 127.0.0.1.
/// Nothing of it outlives this process, also when the process is killed.
/// </summary>
/// <remarks>
/// The cluster comes from <c>PGSCALE_TEST_PRIMARY</c> and <c>PGSCALE_TEST_REPLICAS</c> (connection strings, replicas separated
/// by <c>|</c>; such a cluster cannot be given faults) or is made from the programs that <see cref="PostgresInstallation"/> finds.
/// </remarks>
public sealed class PostgresCluster : IAsyncDisposable
{
    private readonly ClusterHost _host;
    private readonly SemaphoreSlim _change = new(1, 1);
    private ImmutableArray<PostgresServer> _servers;
    private ImmutableArray<IAsyncDisposable> _companions = [];

    private PostgresCluster(ClusterHost host)
    {
        _host = host;
        _servers = [.. host.Servers];
        Primary = _servers[0];
    }

    /// <summary>The primary; it changes with <see cref="PromoteAsync"/>.</summary>
    public PostgresServer Primary { get; private set; }

    /// <summary>The replicas, running or not. A primary that was replaced is not among them until it has rejoined.</summary>
    public IReadOnlyList<PostgresServer> Replicas => [.. _servers.Where(server => server.Upstream is not null)];

    /// <summary>All servers, running or not, in the order in which they were made.</summary>
    public IReadOnlyList<PostgresServer> Servers => _servers;

    /// <summary>PostgreSQL's major version, for example 15.</summary>
    public int MajorVersion => _host.MajorVersion;

    /// <summary>The server of this name: <c>primary</c>, <c>replica1</c>, <c>replica2</c>, … Names stay when roles change.</summary>
    /// <param name="name">The server's name.</param>
    /// <exception cref="KeyNotFoundException">There is no server of this name.</exception>
    public PostgresServer this[string name] => _servers.FirstOrDefault(server => string.Equals(server.Name, name, StringComparison.Ordinal)) ?? throw new KeyNotFoundException(
        $"The cluster has no server '{name}'; it has {string.Join(", ", _servers.Select(server => server.Name))}.");

    /// <summary>Starts a cluster and returns when its replicas stream and have replayed all there is.</summary>
    /// <param name="options">What it looks like; null gives a primary and two replicas.</param>
    /// <param name="cancellationToken">Stops the start and removes what was made.</param>
    /// <exception cref="PostgresNotFoundException">There is no PostgreSQL to start.</exception>
    /// <exception cref="PostgresStartException">A server did not start; the message holds the end of its log.</exception>
    /// <exception cref="ArgumentException">An option has a value that makes no sense.</exception>
    public static async Task<PostgresCluster> StartAsync(PostgresClusterOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new PostgresClusterOptions();
        options.Validate();
        PostgresCluster cluster = new(await ClusterSource.OpenAsync(options, cancellationToken).ConfigureAwait(false));
        try
        {
            await cluster.WaitForReplicasAsync(cancellationToken).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Adds a streaming replica while the cluster runs.</summary>
    /// <param name="name">Its name; null takes the next free <c>replicaN</c>.</param>
    /// <param name="upstream">What it streams from: null for the primary, a replica for a cascade.</param>
    /// <param name="cancellationToken">Stops and removes what was made.</param>
    /// <exception cref="ArgumentException">The name is taken or cannot be a folder's name.</exception>
    /// <exception cref="PostgresStartException">It did not start; the message holds the end of its log.</exception>
    public async Task<PostgresServer> AddReplicaAsync(
        string? name = null, PostgresServer? upstream = null, CancellationToken cancellationToken = default)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        PostgresServer replica = await _host.AddReplicaAsync(
            ServerName.Choose(name, _servers), upstream ?? Primary, Primary, cancellationToken).ConfigureAwait(false);
        _servers = _servers.Add(replica);
        return replica;
    }

    /// <summary>Stops a server, deletes its data and forgets it.</summary>
    /// <param name="server">The server, which must not be the primary.</param>
    /// <param name="cancellationToken">Stops waiting for a turn; a removal that began is finished.</param>
    /// <exception cref="InvalidOperationException">The server is the primary.</exception>
    public async Task RemoveAsync(PostgresServer server, CancellationToken cancellationToken = default)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfPrimary(server, "be removed");
        _servers = _servers.Remove(server);
        await _host.RemoveAsync(server, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>
    /// Makes a replica the primary: promotes it, points the other running replicas at it and returns when it accepts writes. The
    /// old primary is left as it is, running or not; stopped and frozen replicas are left too (<see cref="RejoinAsync"/>).
    /// </summary>
    /// <param name="replica">The replica.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidOperationException">The server is the primary.</exception>
    public async Task PromoteAsync(PostgresServer replica, CancellationToken cancellationToken = default)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfPrimary(replica, "be promoted");
        await _host.PromoteAsync(replica, _servers, cancellationToken).ConfigureAwait(false);
        Primary = replica;
    }

    /// <summary>
    /// Makes any other server, such as the old primary, a replica of the current primary and returns when it streams. What it had
    /// and the primary has not is lost: it is rewound with pg_rewind where that is possible, and copied anew otherwise.
    /// </summary>
    /// <param name="oldPrimary">The server.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidOperationException">The server is the primary.</exception>
    /// <exception cref="PostgresStartException">It did not start; the message holds the end of its log.</exception>
    public async Task RejoinAsync(PostgresServer oldPrimary, CancellationToken cancellationToken = default)
    {
        using IDisposable turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfPrimary(oldPrimary, "rejoin itself");
        await _host.RejoinAsync(oldPrimary, Primary, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts PgBouncer in transaction mode in front of a server; it ends with the cluster at the latest.</summary>
    /// <param name="server">The server.</param>
    /// <param name="options">Pool size and more; null for the defaults.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TestServerNotFoundException">PgBouncer is not installed.</exception>
    /// <exception cref="TestServerStartException">It did not start; the message holds the end of its log.</exception>
    public async Task<PgBouncerServer> AddPgBouncerAsync(
        PostgresServer server, PgBouncerOptions? options = null, CancellationToken cancellationToken = default)
    {
        PgBouncerServer bouncer = await PgBouncerServer.StartAsync(server, options ?? new PgBouncerOptions(), cancellationToken).ConfigureAwait(false);
        ImmutableInterlocked.Update(ref _companions, all => all.Add(bouncer));
        return bouncer;
    }

    /// <summary>Starts a TCP proxy in front of a server that can be slow, silent, broken or gone; it ends with the cluster at the latest.</summary>
    /// <param name="server">The server.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<FaultProxy> AddFaultProxyAsync(PostgresServer server, CancellationToken cancellationToken = default)
    {
        FaultProxy proxy = await FaultProxy.StartAsync(server, cancellationToken).ConfigureAwait(false);
        ImmutableInterlocked.Update(ref _companions, all => all.Add(proxy));
        return proxy;
    }

    /// <summary>Returns when every replica that runs and is not frozen has replayed what the primary has now.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TimeoutException">A replica does not get there; the message names it and says where it stands.</exception>
    public async Task WaitForReplicasAsync(CancellationToken cancellationToken = default)
    {
        NpgsqlLogSequenceNumber position = await Replay.PrimaryPositionAsync(Primary, cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(Replicas.Where(replica => replica.Answers).Select(
            replica => Replay.WaitAsync(replica, position, _host.Timeout, cancellationToken))).ConfigureAwait(false);
    }

    /// <summary>Ends all servers, PgBouncers and proxies of this cluster and deletes their data.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_companions.Select(companion => companion.DisposeAsync().AsTask())).ConfigureAwait(false);
        await _host.DisposeAsync().ConfigureAwait(false);
        _change.Dispose();
    }

    private async Task<IDisposable> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _change.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Turn(_change);
    }

    private void ThrowIfPrimary(PostgresServer server, string what)
    {
        if (server == Primary)
        {
            throw new InvalidOperationException($"{server.Name} is the primary and cannot {what}; promote a replica first.");
        }
    }

    private sealed class Turn(SemaphoreSlim change) : IDisposable
    {
        public void Dispose() => change.Release();
    }
}
