using Npgsql;
using PgScale.Cluster;

namespace PgScale.Ddl.Execution;

/// <summary>Opens the connections of a run: its own ones to the primary, pooled ones to replicas.</summary>
internal sealed class DdlConnections(ClusterMonitor monitor, NodeConnections connections, SafeDdlExecutorOptions options)
{
    private const string Purpose = "ddl";

    private static readonly SessionProfile Looking = new(TierNames.Critical, ReadOnly: true, Purpose) { MaxPoolSize = 2 };

    /// <summary>Where it is and who asks, for the history.</summary>
    internal string From => $"{Environment.MachineName} process {Environment.ProcessId} {monitor.Settings.ApplicationName}".TrimEnd();

    internal ClusterSnapshot Snapshot => monitor.Current;

    /// <summary>Opens a session on the primary.</summary>
    /// <exception cref="DdlException">The connection is shared by a pooler, or leads to a replica.</exception>
    /// <exception cref="PrimaryUnavailableException">There is no primary.</exception>
    internal async Task<DdlSession> OpenAsync(CancellationToken cancellationToken)
    {
        var primary = monitor.Current.GetPrimary();
        if (options.ConnectionString is null && primary.Node.Pooler == PoolerMode.PgBouncerTransaction)
        {
            throw PoolerCheck.Refusal($"The node '{primary.Name}' is configured to be behind a pooler in transaction mode.");
        }

        var session = await DdlSession.OpenAsync(primary.Name, CreateSource(primary.Node), 2 * options.StepTimeout, cancellationToken).ConfigureAwait(false);
        try
        {
            await RequireSameClusterAsync(session, cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    internal ValueTask<NpgsqlConnection> OpenReplicaAsync(NodeState replica, CancellationToken cancellationToken) =>
        connections.OpenAsync(replica, Looking, cancellationToken);

    private NpgsqlDataSource CreateSource(ClusterNode primary)
    {
        var address = new NpgsqlConnectionStringBuilder(options.ConnectionString ?? primary.ConnectionString)
        {
            ApplicationName = ApplicationNames.For(monitor.Settings.ApplicationName, Purpose),
            Pooling = false,
            CommandTimeout = 0,
            TcpKeepAlive = true,
        };
        if (address.Host?.Contains(',', StringComparison.Ordinal) != true)
        {
            address.Remove("Target Session Attributes"); // a data source of one host refuses it
        }

        var builder = new NpgsqlDataSourceBuilder(address.ConnectionString);
        monitor.Settings.ConfigureDataSource?.Invoke(primary, builder);
        return address.Host?.Contains(',', StringComparison.Ordinal) == true
            ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary)
            : builder.Build();
    }

    private async Task RequireSameClusterAsync(DdlSession session, CancellationToken cancellationToken)
    {
        var expected = monitor.Current.SystemIdentifier;
        if (options.ConnectionString is null || expected == 0)
        {
            return;
        }

        var found = await Sql.ScalarAsync<long>(session.Pinned, "SELECT system_identifier FROM pg_catalog.pg_control_system()", cancellationToken).ConfigureAwait(false);
        if (unchecked((ulong)found) != expected)
        {
            throw new DdlException(
                DdlFailure.DirectConnectionNeeded,
                $"PgScale:Ddl:ConnectionString leads to another cluster (system identifier {unchecked((ulong)found)}) than PgScale:Nodes ({expected}). Correct one of them.");
        }
    }
}
