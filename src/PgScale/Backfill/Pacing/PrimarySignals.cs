using System.Collections.Immutable;
using System.Globalization;
using Npgsql;
using PgScale.Backfill.Running;
using PgScale.Cluster;

namespace PgScale.Backfill.Pacing;

/// <summary>Signals that the primary itself has to be asked for, once a second on a connection of its own, and only those that have a limit.</summary>
internal sealed class PrimarySignals(RunContext run, ClusterMonitor monitor, NodeConnections connections)
{
    private const string ReadSql = """
        SELECT (pg_catalog.pg_current_wal_insert_lsn() - '0/0')::bigint,
               (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend' AND state = 'active' AND pid <> ALL ($1) AND pid <> pg_catalog.pg_backend_pid()),
               (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity WHERE wait_event_type = 'Lock' AND pg_catalog.pg_blocking_pids(pid) && $1),
               pg_catalog.current_setting('max_connections')::bigint - (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'),
               (SELECT pg_catalog.sum(n_dead_tup)::bigint FROM pg_catalog.pg_stat_all_tables WHERE relid = $2 OR relid IN (SELECT relid FROM pg_catalog.pg_partition_tree($2) WHERE isleaf)),
               EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum WHERE relid = $2 OR relid IN (SELECT relid FROM pg_catalog.pg_partition_tree($2) WHERE isleaf)),
               (SELECT (pg_catalog.pg_current_wal_insert_lsn() - redo_lsn)::float8 FROM pg_catalog.pg_control_checkpoint()),
               (SELECT setting::float8 * 1048576 FROM pg_catalog.pg_settings WHERE name = 'max_wal_size')
        """;

    private const double LeastShare = 0.05;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private ImmutableArray<SignalReading> _current = [];
    private (long Position, long At)? _wal;

    internal IEnumerable<SignalReading> Current => _current;

    /// <summary>What is left of the time of a batch, 0.05 to 1: half at each sight of sessions that wait for a lock of this backfill.</summary>
    internal double BatchShare { get; private set; } = 1;

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ReadAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                _current = [new("primary", Value: null, Limit: 1, $"the primary does not tell how it is: {failure.Message}")];
            }
            catch (Exception)
            {
                return;
            }

            await Task.Delay(Interval, run.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    internal async Task ReadAsync(CancellationToken cancellationToken)
    {
        var connection = await connections.OpenAsync(monitor.Current.GetPrimary(), RunnerSession.Profile(run.Options.Tier), cancellationToken).ConfigureAwait(false);
        await using var disposing = connection.ConfigureAwait(false);
        var pids = new NpgsqlParameter { Value = run.Pids.ToArray(), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Integer };
        using var command = Sql.Command(connection, ReadSql, pids, new NpgsqlParameter { Value = run.Table.Oid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid });
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var reading = reader.ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        _current = [.. Read(reader, run.Pace.Current)];
    }

    private IEnumerable<SignalReading> Read(NpgsqlDataReader row, BackfillPace pace)
    {
        var rate = WalRate(row.GetInt64(0));
        if (pace.MaxWalRate is { } wal)
        {
            yield return new("wal_rate", rate ?? 0, wal, Text($"the primary writes {rate / 1048576:0.#} MiB of WAL per second, with a limit of {wal / 1048576.0:0.#}"));
        }

        var active = row.GetInt64(1);
        if (pace.MaxActiveSessions is { } most)
        {
            yield return new("active_sessions", active, most, Text($"{active} sessions are active, with a limit of {most}"));
        }

        if (pace.CriticalActiveSessions is { } critical)
        {
            yield return new("critical_sessions", active, critical - 0.5, Text($"{active} sessions are active, and {critical} are critical")) { IsCritical = true };
        }

        var waiting = row.GetInt64(2);
        BatchShare = waiting > (pace.MaxLockWaiters ?? 0) ? Math.Max(LeastShare, BatchShare / 2) : Math.Min(1, BatchShare * 1.1);
        var free = row.GetInt64(3);
        yield return new("connections", free < (pace.MinFreeConnections ?? 5) ? 2 : 0, Limit: 1, Text($"{free} connections are free, and {pace.MinFreeConnections ?? 5} must stay free")) { IsGate = true };
        if (pace.MaxDeadRows is { } dead)
        {
            var share = run.Table.Rows < 1 || row.IsDBNull(4) ? 0 : row.GetInt64(4) / run.Table.Rows;
            yield return new("dead_rows", share, dead, Text($"{share:P0} of the table's rows are dead, with a limit of {dead:P0}"));
        }

        if (pace.YieldToVacuum == true)
        {
            yield return new("vacuum", row.GetBoolean(5) ? 2 : 0, Limit: 1, "a vacuum of the table runs") { IsGate = true };
        }

        if (pace.MaxCheckpointDistance is { } distance)
        {
            var share = row.GetDouble(6) / row.GetDouble(7);
            yield return new("checkpoint_distance", share, distance, Text($"WAL since the last checkpoint is {share:P0} of max_wal_size, with a limit of {distance:P0}"));
        }
    }

    private double? WalRate(long position)
    {
        var (before, now) = (_wal, run.Time.GetTimestamp());
        _wal = (position, now);
        return before is { } seen && run.Time.GetElapsedTime(seen.At, now).TotalSeconds is > 0 and var seconds ? (position - seen.Position) / seconds : null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
