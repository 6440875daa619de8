using Npgsql;
using NpgsqlTypes;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>Makes sure, on the very connection that will read, that its node has replayed a position.</summary>
/// <remarks>
/// Always a statement of its own before the read: a condition inside the read is evaluated under a snapshot that is older than it.
/// Replay never goes back while a server runs, so what was found before a transaction holds in it whatever its isolation level; in the
/// same transaction it holds under READ COMMITTED only.
/// </remarks>
internal static class FreshnessGuard
{
    private const string PositionSql = """
        SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                    ELSE pg_catalog.pg_current_wal_insert_lsn() END
        """;

    /// <summary>The guard: how far the node is, and whether the statements after this one see what there is then.</summary>
    /// <remarks>The isolation level is asked, because a role, a database or start-up options may set another default.</remarks>
    internal const string Sql = PositionSql + ", pg_catalog.current_setting('transaction_isolation') IN ('read committed', 'read uncommitted')";

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(10);

    /// <summary>The guard as the first command of a batch.</summary>
    internal static NpgsqlBatchCommand CreateCommand() => new(Sql);

    /// <summary>Reads the guard's answer. True, with the reader at the first result of the read, when that may be used.</summary>
    /// <remarks>
    /// Otherwise the rest must not be looked at; <see cref="NodeSession.NeedsGuard"/> then tells whether the node lacks the token, or
    /// holds it by now and only the snapshot of this transaction may be too old.
    /// </remarks>
    internal static async ValueTask<bool> PassAsync(NpgsqlDataReader reader, NodeSession session, ConsistencyToken token, CancellationToken cancellationToken)
    {
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        var position = WalPages.Normalize(reader.GetFieldValue<NpgsqlLogSequenceNumber>(0));
        var eachStatementHasItsSnapshot = reader.GetBoolean(1);
        session.Lane.Answer();
        session.Lane.Learn(position);
        session.NeedsGuard = position < token.Position;
        return !session.NeedsGuard && eachStatementHasItsSnapshot && await MoveOnAsync(reader, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until the node has replayed the token's position; false when it takes too long.</summary>
    internal static async Task<bool> WaitAsync(NodeSession session, ConsistencyToken token, TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause < LongestPause ? pause * 2 : LongestPause)
        {
            var position = await ReadPositionAsync(session.Connection, cancellationToken).ConfigureAwait(false);
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

    // A command without a result, such as SET, has nothing to move to; that is as the caller's own first result would be.
    private static async ValueTask<bool> MoveOnAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }
}
