using System.Collections.Concurrent;
using System.Data;
using Npgsql;

namespace PgScale.Cluster;

/// <summary>Connections to chosen servers, pooled per server, tier and purpose, with the tier's guards set on each.</summary>
/// <remarks>
/// The floor on which the components stand; an application that wants a server chosen for it uses the router instead.
/// Thread-safe. Pools of servers that left the configuration, or whose tier got other timeouts, are closed
/// when one is asked for the next time.
/// </remarks>
public sealed class NodeConnections : IAsyncDisposable
{
    private const int SlackSeconds = 5;

    private readonly ConcurrentDictionary<(ClusterNode Node, SessionProfile Profile), Pool> _pools = new();
    private readonly ClusterMonitor _monitor;
    private readonly Lock _pruning = new();

    private ClusterSettings? _prunedFor;
    private bool _isDisposed;

    internal NodeConnections(ClusterMonitor monitor) => _monitor = monitor;

    /// <summary>Opens a connection; guards hold from the first statement, except behind a pooler in transaction mode.</summary>
    /// <remarks>Behind such a pooler work in <see cref="BeginTransactionAsync"/>, which sets the guards for the transaction.</remarks>
    /// <param name="node">The server, from a <see cref="ClusterSnapshot"/>.</param>
    /// <param name="profile">What the connection is for.</param>
    /// <param name="cancellationToken">Cancels the wait for a connection.</param>
    /// <exception cref="ArgumentException">The profile names a tier that does not exist.</exception>
    /// <exception cref="NpgsqlException">The server could not be reached; the monitor is told and probes it at once.</exception>
    public async ValueTask<NpgsqlConnection> OpenAsync(NodeState node, SessionProfile profile, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(node);
        try
        {
            return await GetDataSource(node.Node, profile).OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException failure)
        {
            _monitor.ReportFailure(node.Name, failure);
            throw;
        }
    }

    /// <summary>The pool behind <see cref="OpenAsync"/>. It belongs to PgScale: do not dispose it, and ask anew for each use.</summary>
    /// <exception cref="ArgumentException">The profile names a tier that does not exist.</exception>
    /// <exception cref="ObjectDisposedException">The application has ended: its pools are closed.</exception>
    public NpgsqlDataSource GetDataSource(ClusterNode node, SessionProfile profile)
    {
        ArgumentNullException.ThrowIfNull(node);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed), this);
        var settings = _monitor.Settings;
        if (!ReferenceEquals(Volatile.Read(ref _prunedFor), settings))
        {
            CloseOutdatedPools(settings);
        }

        var tier = settings.GetTier(profile.Tier);
        var key = (node, profile with { Tier = tier.Name });
        var pool = _pools.GetOrAdd(key, static (key, current) => new(key.Item1, key.Item2, current), settings);
        try
        {
            return pool.DataSource;
        }
        catch
        {
            _pools.TryRemove(new(key, pool)); // what could not be made is made anew, not remembered
            throw;
        }
    }

    /// <summary>Begins a transaction in which the profile's guards hold, behind a pooler in transaction mode too.</summary>
    /// <exception cref="ArgumentException">The profile names a tier that does not exist.</exception>
    public async ValueTask<NpgsqlTransaction> BeginTransactionAsync(
        NpgsqlConnection connection,
        NodeState node,
        SessionProfile profile,
        IsolationLevel isolationLevel = IsolationLevel.ReadCommitted,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(node);
        var transaction = await connection.BeginTransactionAsync(isolationLevel, cancellationToken).ConfigureAwait(false);
        if (node.Node.Pooler == PoolerMode.None)
        {
            return transaction;
        }

        try
        {
            await SessionGuards.SetLocalAsync(connection, _monitor.Settings.GetTier(profile.Tier), profile.ReadOnly, cancellationToken).ConfigureAwait(false);
            return transaction;
        }
        catch
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Closes all pools; connections in use are closed when they are returned.</summary>
    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _isDisposed, true);
        foreach (var key in _pools.Keys)
        {
            if (_pools.TryRemove(key, out var pool))
            {
                await pool.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    // Whoever comes meanwhile waits, or it could be given a pool that is about to be closed.
    private void CloseOutdatedPools(ClusterSettings settings)
    {
        lock (_pruning)
        {
            foreach (var (key, pool) in _pools)
            {
                if ((!settings.Nodes.Contains(key.Node) || !pool.Suits(settings)) && _pools.TryRemove(new(key, pool)))
                {
                    pool.Dispose();
                }
            }

            Volatile.Write(ref _prunedFor, settings);
        }
    }

    private static NpgsqlDataSource Create(ClusterNode node, SessionProfile profile, ClusterSettings settings)
    {
        var tier = settings.GetTier(profile.Tier);
        var connection = new NpgsqlConnectionStringBuilder(node.ConnectionString)
        {
            ApplicationName = ApplicationNames.For(settings.ApplicationName, $"{profile.Purpose}-{tier.Name}"),
        };
        connection.Remove("Target Session Attributes");
        if (node.Pooler == PoolerMode.PgBouncerTransaction)
        {
            connection.NoResetOnClose = true; // the reset would run on some other server connection
        }
        else
        {
            connection.Options = SessionGuards.StartupOptions(connection.Options, tier, profile.ReadOnly);
        }

        var isSet = connection.ShouldSerialize("Command Timeout"); // ContainsKey is true for every keyword that exists
        if (!isSet && tier.StatementTimeout is { } limit)
        {
            connection.CommandTimeout = (int)Math.Ceiling(limit.TotalSeconds) + SlackSeconds; // the server's own limit comes first
        }

        if (profile.MaxPoolSize > 0 && !connection.ContainsKey("Maximum Pool Size"))
        {
            connection.MaxPoolSize = profile.MaxPoolSize;
        }

        var builder = new NpgsqlDataSourceBuilder(connection.ConnectionString);
        settings.ConfigureDataSource?.Invoke(node, builder);
        return builder.Build();
    }

    private sealed class Pool(ClusterNode node, SessionProfile profile, ClusterSettings settings) : IDisposable, IAsyncDisposable
    {
        private readonly Lazy<NpgsqlDataSource> _dataSource = new(() => Create(node, profile, settings));
        private readonly ClusterTier _tier = settings.GetTier(profile.Tier);

        internal NpgsqlDataSource DataSource => _dataSource.Value;

        internal bool Suits(ClusterSettings current) =>
            current.Tiers.TryGetValue(profile.Tier, out var tier)
            && tier.HasTimeoutsOf(_tier)
            && string.Equals(current.ApplicationName, settings.ApplicationName, StringComparison.Ordinal);

        public void Dispose()
        {
            if (_dataSource.IsValueCreated)
            {
                _dataSource.Value.Dispose();
            }
        }

        public ValueTask DisposeAsync() => _dataSource.IsValueCreated ? _dataSource.Value.DisposeAsync() : default;
    }
}
