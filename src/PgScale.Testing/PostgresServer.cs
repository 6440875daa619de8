using Npgsql;
using PgScale.Testing.Postgres;
using PgScale.Testing.Processes;

namespace PgScale.Testing;

/// <summary>
/// One real PostgreSQL server of a test cluster, and the faults it can be given. On a cluster that someone else runs
/// (<c>PGSCALE_TEST_PRIMARY</c>) the faults throw <see cref="NotSupportedException"/>.
/// </summary>
public sealed class PostgresServer
{
    private readonly ServerHost _host;
    private readonly string _connectionString;
    private readonly TimeSpan _timeout;

    internal PostgresServer(string name, ServerHost host, string connectionString, TimeSpan timeout)
    {
        Name = name;
        _host = host;
        _connectionString = connectionString;
        _timeout = timeout;
    }

    /// <summary>The name in the cluster: <c>primary</c>, <c>replica1</c>, … It stays when the role changes.</summary>
    public string Name { get; }

    /// <summary>The address; 127.0.0.1 for servers that the cluster started.</summary>
    public string Host => _host.Host;

    /// <summary>The TCP port; it stays the same when the server is restarted.</summary>
    public int Port => _host.Port;

    /// <summary>The postmaster's process id.</summary>
    /// <exception cref="InvalidOperationException">The server is not running.</exception>
    public int ProcessId => _host.ProcessId;

    /// <summary>Whether the server's process exists; a frozen server runs too.</summary>
    public bool IsRunning => _host.IsRunning;

    /// <summary>Whether the server was frozen with <see cref="FreezeAsync"/>.</summary>
    public bool IsFrozen => _host.IsFrozen;

    /// <summary>The server that this one streams from; null for a primary, also for one that was replaced.</summary>
    public PostgresServer? Upstream { get; internal set; }

    /// <summary>How to connect as superuser to the cluster's database.</summary>
    public string ConnectionString => GetConnectionString();

    /// <summary>Where the server keeps its data.</summary>
    public string DataDirectory => _host.DataDirectory;

    /// <summary>The server's log.</summary>
    public string LogFile => _host.LogFile;

    internal ServerHost Runner => _host;

    internal bool Answers => IsRunning && !IsFrozen;

    /// <summary>How to connect as superuser, with changes.</summary>
    /// <param name="database">The database, or null for the cluster's own.</param>
    /// <param name="configure">Changes anything else, for example the pool's size; null changes nothing.</param>
    public string GetConnectionString(string? database = null, Action<NpgsqlConnectionStringBuilder>? configure = null)
    {
        NpgsqlConnectionStringBuilder builder = new(_connectionString) { Host = Host, Port = Port };
        if (database is not null)
        {
            builder.Database = database;
        }

        configure?.Invoke(builder);
        return builder.ConnectionString;
    }

    /// <summary>Opens a connection that is not pooled, so that closing it ends the session.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="NpgsqlException">The server cannot be reached, or refuses.</exception>
    public async Task<NpgsqlConnection> OpenConnectionAsync(CancellationToken cancellationToken = default)
    {
        NpgsqlConnection connection = new(GetConnectionString(configure: builder => builder.Pooling = false));
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs SQL in a session of its own and returns the number of rows changed.</summary>
    /// <param name="sql">One or more statements.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    /// <exception cref="NpgsqlException">The server cannot be reached, or the statement fails.</exception>
    public async Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken = default)
    {
        NpgsqlConnection connection = await OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await Query.ExecuteAsync(connection, sql, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a query in a session of its own and returns the first field of the first row, or the default when there is none.</summary>
    /// <typeparam name="T">The type to read the field as.</typeparam>
    /// <param name="sql">One query.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <exception cref="NpgsqlException">The server cannot be reached, or the query fails.</exception>
    public async Task<T?> ScalarAsync<T>(string sql, CancellationToken cancellationToken = default)
    {
        NpgsqlConnection connection = await OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await Query.ScalarAsync<T>(connection, sql, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Starts the server and returns when it accepts connections; nothing happens when it runs already.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="PostgresStartException">It did not start; the message holds the end of its log.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default) => _host.StartAsync(cancellationToken);

    /// <summary>Stops the server and returns when it has ended. A frozen server is thawed first.</summary>
    /// <param name="mode">How it is asked to stop.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TimeoutException">It did not end in time, for example because sessions or replicas hold it up.</exception>
    public Task StopAsync(PostgresShutdown mode = PostgresShutdown.Fast, CancellationToken cancellationToken = default) =>
        _host.StopAsync(mode, cancellationToken);

    /// <summary>Stops the server fast and starts it again.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="PostgresStartException">It did not start again; the message holds the end of its log.</exception>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync(PostgresShutdown.Fast, cancellationToken).ConfigureAwait(false);
        await StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Kills the server and all its processes with SIGKILL, and returns when they are gone. It can be started again.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task KillAsync(CancellationToken cancellationToken = default) => _host.KillAsync(cancellationToken);

    /// <summary>Stops the server and all its processes with SIGSTOP: connections stay open, new ones are accepted, nobody answers.</summary>
    /// <exception cref="InvalidOperationException">The server is not running.</exception>
    public Task FreezeAsync() => _host.FreezeAsync();

    /// <summary>Wakes a frozen server.</summary>
    /// <exception cref="InvalidOperationException">The server is not running.</exception>
    public Task ThawAsync() => _host.ThawAsync();

    /// <summary>Changes a line of <c>postgresql.conf</c> and returns when a running server has read it.</summary>
    /// <param name="setting">The setting, for example <c>max_standby_streaming_delay</c>; some take effect at a restart only.</param>
    /// <param name="value">Its value, or null to remove the line.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidOperationException">The server is frozen and cannot read it.</exception>
    public Task ConfigureAsync(string setting, string? value, CancellationToken cancellationToken = default) =>
        ServerReload.ConfigureAsync(this, setting, value, _timeout, cancellationToken);

    /// <summary>Stops replay and returns when it stands still; the replica goes on receiving.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task PauseReplayAsync(CancellationToken cancellationToken = default) => Replay.PauseAsync(this, _timeout, cancellationToken);

    /// <summary>Lets replay go on.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task ResumeReplayAsync(CancellationToken cancellationToken = default) =>
        ExecuteAsync("SELECT pg_wal_replay_resume()", cancellationToken);

    /// <summary>Makes the replica replay each commit this long after it happened on the primary (<c>recovery_min_apply_delay</c>).</summary>
    /// <param name="delay">The delay, in whole milliseconds; zero ends it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task SetReplayDelayAsync(TimeSpan delay, CancellationToken cancellationToken = default) =>
        ConfigureAsync("recovery_min_apply_delay", Replay.Milliseconds(delay), cancellationToken);

    /// <summary>Ends the replica's WAL receiver and keeps it away: the replica serves what it has and learns nothing new.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task CutWalReceiverAsync(CancellationToken cancellationToken = default) => WalReceiver.CutAsync(this, _timeout, cancellationToken);

    /// <summary>Brings the WAL receiver back, and returns when it streams, if its upstream answers and its replay is not paused.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidOperationException">The server is not a replica.</exception>
    public Task RestoreWalReceiverAsync(CancellationToken cancellationToken = default) => Upstream is null
        ? throw new InvalidOperationException($"{Name} is not a replica, so it has no WAL receiver to restore.")
        : WalReceiver.FollowAsync(this, Upstream, _timeout, cancellationToken);

    /// <summary>Promotes this replica and returns when it accepts writes; nothing else in the cluster changes (see <see cref="PostgresCluster.PromoteAsync"/>).</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TimeoutException">It did not become a primary in time.</exception>
    public Task PromoteAsync(CancellationToken cancellationToken = default) => Promotion.PromoteOneAsync(this, _timeout, cancellationToken);

    /// <summary>The last lines of the server's log.</summary>
    /// <param name="lines">How many lines; default 50.</param>
    public Task<string> ReadLogAsync(int lines = 50) => LogTail.ReadAsync(LogFile, lines);

    /// <summary>The name and address.</summary>
    public override string ToString() => $"{Name} ({Host}:{Port})";
}
