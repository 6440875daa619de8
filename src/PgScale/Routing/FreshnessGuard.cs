using Npgsql;
using NpgsqlTypes;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>Makes sure, on the very connection that will read, that its node has replayed a position.</summary>
/// <remarks>
/// Always a statement of its own before the read: a condition inside the read is evaluated under a snapshot that is older than it.
/// Replay never goes back while a server runs, so what holds here holds for the read whatever its isolation level.
/// </remarks>
internal static class FreshnessGuard
{
    private const string PositionSql = """
        SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                    ELSE pg_catalog.pg_current_wal_insert_lsn() END
        """;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until the node has replayed the token's position; false when it takes too long.</summary>
    internal static async Task<bool> WaitAsync(NodeSession session, ConsistencyToken token, TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause < LongestPause ? pause * 2 : LongestPause)
        {
            var position = await session.RunAsync(ReadPositionAsync, cancellationToken).ConfigureAwait(false);
            session.Lane.Answer();
            session.Lane.Learn(position);
            if (position >= token.Position)
            {
                return true;
            }

            if (time.GetElapsedTime(startedAt) + pause > atMost)
            {
                return false;
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The position up to which the connection's node shows data now.</summary>
    internal static async Task<NpgsqlLogSequenceNumber> ReadPositionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(PositionSql, connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is NpgsqlLogSequenceNumber position
            ? WalPages.Normalize(position)
            : default;
    }
}
