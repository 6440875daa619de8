using System.Diagnostics;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace PgScale.Cluster;

/// <summary>Asks one server over one dedicated connection, and opens it when there is none.</summary>
/// <remarks>One call at a time. A failed call closes the connection; the next one opens another.</remarks>
internal sealed class NodeProbe(ClusterNode node, ClusterSettings settings) : INodeProbe
{
    // Roles are asked, never read from a start-up parameter: behind PgBouncer that one is as old as the pooled connection.
    // A CASE is evaluated in order, and recovery ends only once, so no branch can raise "recovery is (not) in progress"
    // except in the instant of a promotion; then the probe fails and the next one is right.
    private const string FactsSql = """
        SELECT pg_catalog.pg_is_in_recovery(),
               pg_catalog.current_setting('transaction_read_only')::bool,
               control.system_identifier,
               CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL
                    ELSE pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()) END,
               greatest(checkpoint.timeline_id, recovery.min_recovery_end_timeline, receiver.received_tli),
               CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                    ELSE pg_catalog.pg_current_wal_flush_lsn() END,
               pg_catalog.pg_last_wal_receive_lsn(),
               pg_catalog.pg_last_wal_replay_lsn(),
               receiver.pid IS NOT NULL,
               CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_is_wal_replay_paused() ELSE false END,
               pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'),
               pg_catalog.pg_postmaster_start_time(),
               pg_catalog.current_setting('server_version_num')::int,
               pg_catalog.current_setting('wal_block_size')::int
        FROM pg_catalog.pg_control_system() AS control,
             pg_catalog.pg_control_checkpoint() AS checkpoint,
             pg_catalog.pg_control_recovery() AS recovery
             LEFT JOIN pg_catalog.pg_stat_wal_receiver AS receiver ON true
        """;

    private const string HistoryAllowedSql =
        "SELECT pg_catalog.has_function_privilege('pg_catalog.pg_read_file(text,bigint,bigint,boolean)', 'EXECUTE')";

    private const string HistorySql = "SELECT pg_catalog.pg_read_file($1, 0, 1048576, true)";

    private const int MaxLeftBehind = 3;

    private static readonly TimeSpan LeftBehindPause = TimeSpan.FromSeconds(10);

    private NpgsqlDataSource? _dataSource;
    private NpgsqlConnection? _connection;
    private int _leftBehind;
    private long _leftBehindAt;
    private (uint Timeline, TimelineHistory Value) _history = (1, TimelineHistory.Empty);

    /// <summary>Asks for everything, in one round trip.</summary>
    public Task<NodeFacts> AskAsync(CancellationToken cancellationToken) => UseConnectionAsync(ReadFactsAsync, cancellationToken);

    /// <summary>Asks for a sign of life: an empty query, the cheapest there is.</summary>
    public Task HeartbeatAsync(CancellationToken cancellationToken) => UseConnectionAsync(BeatAsync, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        if (_dataSource is { } dataSource)
        {
            await dataSource.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static NpgsqlDataSource CreateDataSource(ClusterNode node, ClusterSettings settings)
    {
        var connection = new NpgsqlConnectionStringBuilder(node.ProbeConnectionString)
        {
            ApplicationName = ApplicationNames.For(settings.ApplicationName, "probe"),
            Pooling = false,
            Multiplexing = false,
            Enlist = false,
            MaxAutoPrepare = 0,
            CommandTimeout = 0,
            TcpKeepAlive = true, // the only way to learn that a server which was left behind is gone for good
        };
        connection.Remove("Target Session Attributes");
        var builder = new NpgsqlDataSourceBuilder(connection.ConnectionString);
        settings.ConfigureDataSource?.Invoke(node, builder);
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false)); // only built-in types, and no second round trip
        return builder.Build();
    }

    // A question is left behind rather than cancelled when time is up: Npgsql cancels by asking the same server on another
    // connection, and waits for it without a limit. The connection is closed when the answer or the network's error comes.
    private async Task<T> UseConnectionAsync<T>(Func<NpgsqlConnection, Task<T>> ask, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _leftBehind) >= MaxLeftBehind && Stopwatch.GetElapsedTime(_leftBehindAt) < LeftBehindPause)
        {
            throw new TimeoutException($"{MaxLeftBehind} questions are still unanswered.");
        }

        _dataSource ??= CreateDataSource(node, settings); // code of the application takes part: what it throws is a fault of this probe
        var connection = Interlocked.Exchange(ref _connection, null) ?? await _dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var asking = ask(connection);
        try
        {
            var answer = await asking.WaitAsync(cancellationToken).ConfigureAwait(false);
            _connection = connection;
            return answer;
        }
        catch
        {
            Interlocked.Increment(ref _leftBehind);
            _leftBehindAt = Stopwatch.GetTimestamp();
            _ = CloseAfterAsync(asking, connection);
            throw;
        }
    }

    private async Task CloseAfterAsync(Task asking, NpgsqlConnection connection)
    {
        await Task.WhenAny(asking).ConfigureAwait(false);
        _ = asking.Exception; // seen: it was reported when it was left behind, or is what is being reported
        await connection.DisposeAsync().ConfigureAwait(false);
        Interlocked.Decrement(ref _leftBehind);
    }

    private async Task<bool> BeatAsync(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(";", connection);
        await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        return true;
    }

    private async Task<NodeFacts> ReadFactsAsync(NpgsqlConnection connection)
    {
        var facts = await AskForFactsAsync(connection).ConfigureAwait(false);
        if (!facts.InRecovery && facts.Timeline != _history.Timeline)
        {
            _history = (facts.Timeline, await ReadHistoryAsync(connection, facts.Timeline).ConfigureAwait(false));
        }

        return facts.InRecovery ? facts : facts with { History = _history.Value };
    }

    private static async Task<NodeFacts> AskForFactsAsync(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(FactsSql, connection);
        var reader = await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
        return ReadFacts(reader);
    }

    private static NodeFacts ReadFacts(NpgsqlDataReader reader)
    {
        var inRecovery = reader.GetBoolean(0);
        var blockSize = reader.GetInt32(13);
        return new()
        {
            InRecovery = inRecovery,
            ReadOnly = reader.GetBoolean(1),
            SystemIdentifier = unchecked((ulong)reader.GetInt64(2)),
            Timeline = inRecovery ? unchecked((uint)reader.GetInt32(4)) : TimelineOf(reader.GetString(3)),
            Position = ReadPosition(reader, 5, blockSize),
            ReceivePosition = ReadPosition(reader, 6, blockSize),
            ReplayEnd = ReadPosition(reader, 7, blockSize),
            WalReceiverRuns = reader.GetBoolean(8),
            ReplayPaused = reader.GetBoolean(9),
            SeesWalReceiver = reader.GetBoolean(10),
            StartedAt = reader.GetDateTime(11),
            ServerVersion = reader.GetInt32(12),
        };
    }

    private static uint TimelineOf(string walFileName) =>
        uint.Parse(walFileName.AsSpan(0, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static NpgsqlLogSequenceNumber? ReadPosition(NpgsqlDataReader reader, int column, int blockSize) =>
        reader.IsDBNull(column) ? null : WalPages.Normalize(reader.GetFieldValue<NpgsqlLogSequenceNumber>(column), blockSize);

    // Once per timeline, so a second round trip does no harm; without the right to read it, promotions seen while running still count.
    private static async Task<TimelineHistory> ReadHistoryAsync(NpgsqlConnection connection, uint timeline)
    {
        using var allowed = new NpgsqlCommand(HistoryAllowedSql, connection);
        if (timeline == 1 || await allowed.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false) is not true)
        {
            return TimelineHistory.Empty;
        }

        using var read = new NpgsqlCommand(HistorySql, connection);
        read.Parameters.Add(new() { Value = $"pg_wal/{timeline:X8}.history" });
        return await read.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false) is string file ? TimelineHistory.Parse(file) : TimelineHistory.Empty;
    }
}
