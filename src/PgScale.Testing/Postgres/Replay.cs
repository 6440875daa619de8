using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using PgScale.Testing.Processes;

namespace PgScale.Testing.Postgres;

/// <summary>How far a replica has replayed, and how to hold it up.</summary>
internal static class Replay
{
    private static readonly TimeSpan FlushPatience = TimeSpan.FromMilliseconds(700);

    public static async Task PauseAsync(PostgresServer server, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await server.ExecuteAsync("SELECT pg_wal_replay_pause()", cancellationToken).ConfigureAwait(false);
        // Since version 14 the pause is a request, and this says whether it was heeded.
        var canAsk = await server.ScalarAsync<int>("SELECT current_setting('server_version_num')::int", cancellationToken).ConfigureAwait(false) >= 140_000;
        var isPaused = canAsk ? "SELECT pg_get_wal_replay_pause_state() = 'paused'" : "SELECT pg_is_wal_replay_paused()";
        await Query.UntilTrueAsync(server, isPaused, timeout, "did not pause its replay", cancellationToken).ConfigureAwait(false);
    }

    public static string Milliseconds(TimeSpan delay) => delay < TimeSpan.Zero
        ? throw new ArgumentOutOfRangeException(nameof(delay), delay, "The replay delay is negative; use zero to end it.")
        : string.Create(CultureInfo.InvariantCulture, $"{(long)delay.TotalMilliseconds}ms");

    /// <summary>What the primary has written up to now, in the form in which replicas report it.</summary>
    public static async Task<NpgsqlLogSequenceNumber> PrimaryPositionAsync(PostgresServer primary, CancellationToken cancellationToken)
    {
        const string SegmentSize = "SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size'";
        NpgsqlConnection connection = await primary.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var segment = await Query.ScalarAsync<long>(connection, SegmentSize, cancellationToken).ConfigureAwait(false);
            NpgsqlLogSequenceNumber inserted =
                await Query.ScalarAsync<NpgsqlLogSequenceNumber>(connection, "SELECT pg_current_wal_insert_lsn()", cancellationToken).ConfigureAwait(false);
            NpgsqlLogSequenceNumber target = new(WalPosition.Replayable((ulong)inserted, (ulong)segment));
            NpgsqlLogSequenceNumber flushed = await WaitForFlushAsync(connection, target, cancellationToken).ConfigureAwait(false);
            return flushed < target ? flushed : target;
        }
    }

    /// <summary>What a replica has received, replayed or not.</summary>
    public static Task<NpgsqlLogSequenceNumber> ReceivedPositionAsync(PostgresServer replica, CancellationToken cancellationToken) =>
        replica.ScalarAsync<NpgsqlLogSequenceNumber>(
            "SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())", cancellationToken);

    /// <summary>Waits until the replica has replayed up to the position.</summary>
    /// <exception cref="TimeoutException">It has not in time; the message says where it stands.</exception>
    public static async Task WaitAsync(
        PostgresServer replica, NpgsqlLogSequenceNumber position, TimeSpan timeout, CancellationToken cancellationToken)
    {
        NpgsqlLogSequenceNumber reached = default;
        NpgsqlConnection connection = await replica.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await Poll.UntilAsync(
                async token =>
                {
                    reached = await Query.ScalarAsync<NpgsqlLogSequenceNumber>(connection, "SELECT pg_last_wal_replay_lsn()", token).ConfigureAwait(false);
                    return reached >= position;
                },
                timeout,
                () => $"{replica.Name} has replayed up to {reached} and not up to {position} after {timeout.TotalSeconds:0} seconds; "
                    + "its replay may be paused or delayed, or its WAL receiver cut.",
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Replicas get what was flushed. Commits are, the asynchronous ones within three turns of the WAL writer; a last record
    /// that is no commit may stay in memory for 15 seconds on an idle primary, and holds nothing that a query could see.
    /// </summary>
    private static async Task<NpgsqlLogSequenceNumber> WaitForFlushAsync(
        NpgsqlConnection connection, NpgsqlLogSequenceNumber target, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        NpgsqlLogSequenceNumber flushed = default;
        await Poll.UntilAsync(
            async token =>
            {
                flushed = await Query.ScalarAsync<NpgsqlLogSequenceNumber>(connection, "SELECT pg_current_wal_flush_lsn()", token).ConfigureAwait(false);
                return flushed >= target || TimeProvider.System.GetElapsedTime(start) > FlushPatience;
            },
            TimeSpan.MaxValue,
            () => "",
            cancellationToken).ConfigureAwait(false);
        return flushed;
    }
}
