using System.Collections.Immutable;
using Npgsql;
using PgScale.Cluster;
using PgScale.Internal;

namespace PgScale.Backfill.Ledger;

/// <summary>What the <c>pgscale.backfill</c> tables say and are told, outside of batches.</summary>
internal static class BackfillLedger
{
    private const string RegisterSql = """
        INSERT INTO pgscale.backfill (name, definition, state, rows_estimated, stages) VALUES ($1, $2, 'running', $3, $4) ON CONFLICT (name) DO NOTHING
        """;

    private const string RangeSql = """
        INSERT INTO pgscale.backfill_range (name, stage, number, cursor, upper) VALUES ($1, $2, $3, $4, $5)
        """;

    private const string ReadSql = """
        SELECT definition, state, reason, pace, version, rows_estimated, stages, started_at, ended_at FROM pgscale.backfill WHERE name = $1
        """;

    private const string OpenRangesSql = """
        SELECT stage, number FROM pgscale.backfill_range
        WHERE name = $1 AND NOT is_done AND stage = (SELECT min(stage) FROM pgscale.backfill_range WHERE name = $1 AND NOT is_done)
        ORDER BY seen_at NULLS FIRST, number
        """;

    private const string ClaimSql = """
        UPDATE pgscale.backfill_range SET epoch = epoch + 1, runner = $4, seen_at = pg_catalog.clock_timestamp()
        WHERE name = $1 AND stage = $2 AND number = $3 AND NOT is_done
        RETURNING epoch, cursor, stretch_upper, stripes, stripe, stripe_cursor, upper
        """;

    private const string SetStateSql = """
        UPDATE pgscale.backfill SET state = $2, reason = $3,
               ended_at = CASE WHEN $2 IN ('completed', 'cancelled', 'failed') THEN pg_catalog.now() END
        WHERE name = $1 AND state = ANY ($4)
        """;

    private const string TouchSql = """
        UPDATE pgscale.backfill_range SET seen_at = pg_catalog.clock_timestamp(), limited_by = $5, rows_visited = rows_visited + $6, rows_changed = rows_changed + $7
        WHERE name = $1 AND stage = $2 AND number = $3 AND epoch = $4
        """;

    internal static async Task EnsureAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await PgScaleSchema.EnsureAsync(connection, PgScaleSchema.Backfill, cancellationToken).ConfigureAwait(false);
        await PgScaleSchema.EnsureAsync(connection, PgScaleSchema.BackfillRange, cancellationToken).ConfigureAwait(false);
        await PgScaleSchema.EnsureAsync(connection, PgScaleSchema.BackfillRow, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether there are tables to look into: a question about a backfill must not create them.</summary>
    internal static Task<bool> ExistsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Sql.AskAsync<bool>(connection, "SELECT pg_catalog.to_regclass('pgscale.backfill_row') IS NOT NULL", cancellationToken);

    /// <summary>Writes a new backfill with its ranges; returns a position before its commit, none when somebody else was first.</summary>
    internal static async Task<ConsistencyToken> RegisterAsync(
        NpgsqlConnection connection, LedgerEntry entry, string name, IReadOnlyList<RangeClaim> ranges, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = transaction.ConfigureAwait(false);
        var isNew = await Sql.RunAsync(
            connection, RegisterSql, cancellationToken, Sql.Text(name), Sql.Text(entry.Definition), Sql.Number(entry.RowsEstimated), Sql.Texts([.. entry.Stages])).ConfigureAwait(false) == 1;
        if (!isNew)
        {
            return ConsistencyToken.None;
        }

        foreach (var range in ranges)
        {
            await Sql.RunAsync(
                connection, RangeSql, cancellationToken, Sql.Text(name), Sql.Integer(range.Stage), Sql.Integer(range.Number), Sql.Texts(range.Position.Cursor), Sql.Texts(range.Upper)).ConfigureAwait(false);
        }

        // On disk before the first batch: a crash of this server may take batches, but never the line that says that they began.
        await Sql.RunAsync(connection, "SET LOCAL synchronous_commit = local", cancellationToken).ConfigureAwait(false);
        var token = await ConsistencyToken.CaptureAsync(connection, cancellationToken: cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return token;
    }

    /// <summary>Null also when there are no tables: a promoted server may lack what the old one had just made.</summary>
    internal static async Task<LedgerEntry?> FindAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken) =>
        await ExistsAsync(connection, cancellationToken).ConfigureAwait(false) ? await ReadAsync(connection, name, cancellationToken).ConfigureAwait(false) : null;

    internal static async Task<bool> SetPaceAsync(NpgsqlConnection connection, string name, string pace, CancellationToken cancellationToken) => await Sql.RunAsync(
        connection, "UPDATE pgscale.backfill SET pace = $2, version = version + 1 WHERE name = $1", cancellationToken, Sql.Text(name), Sql.Text(pace)).ConfigureAwait(false) == 1;

    internal static async Task<LedgerEntry?> ReadAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        using var command = Sql.Command(connection, ReadSql, Sql.Text(name));
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        return !await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? null : new(reader.GetString(0), reader.GetInt64(5), [.. reader.GetFieldValue<string[]>(6)])
        {
            State = RunControl.Parse(reader.GetString(1)),
            Reason = reader.GetString(2),
            Pace = reader.IsDBNull(3) ? null : reader.GetString(3),
            Version = reader.GetInt32(4),
            StartedAt = reader.GetFieldValue<DateTimeOffset>(7),
            EndedAt = reader.IsDBNull(8) ? null : reader.GetFieldValue<DateTimeOffset>(8),
        };
    }

    /// <summary>Ranges of the current stage that are not done, those first that nobody has touched for longest.</summary>
    internal static async Task<ImmutableArray<(int Stage, int Number)>> OpenRangesAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        using var command = Sql.Command(connection, OpenRangesSql, Sql.Text(name));
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        var ranges = ImmutableArray.CreateBuilder<(int, int)>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            ranges.Add((reader.GetInt32(0), reader.GetInt32(1)));
        }

        return ranges.ToImmutable();
    }

    /// <summary>Makes this runner's epoch the only one whose checkpoints count; waits for a batch of an earlier runner that is still committing.</summary>
    internal static async Task<RangeClaim?> ClaimAsync(NpgsqlConnection connection, string name, int stage, int number, Guid runner, CancellationToken cancellationToken)
    {
        using var command = Sql.Command(connection, ClaimSql, Sql.Text(name), Sql.Integer(stage), Sql.Integer(number), Sql.Guid(runner));
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        var position = new RangePosition(Bound(reader, 1), Bound(reader, 2), reader.GetInt32(3), reader.GetInt32(4), Bound(reader, 5));
        return new(stage, number, reader.GetInt64(0), position, reader.GetFieldValue<string[]>(6));
    }

    internal static async Task<bool> SetStateAsync(
        NpgsqlConnection connection, string name, BackfillState state, string reason, CancellationToken cancellationToken, params BackfillState[] from) =>
        await Sql.RunAsync(
            connection, SetStateSql, cancellationToken, Sql.Text(name), Sql.Text(RunControl.Text(state)), Sql.Text(reason), Sql.Texts([.. from.Select(RunControl.Text)])).ConfigureAwait(false) == 1;

    /// <summary>A sign of life between batches, with the counts that no checkpoint has carried yet; false when another runner has the range.</summary>
    internal static async Task<bool> TouchAsync(
        NpgsqlConnection connection, string name, RangeClaim claim, string limitedBy, long visited, long changed, CancellationToken cancellationToken) =>
        await Sql.RunAsync(
            connection, TouchSql, cancellationToken, Sql.Text(name), Sql.Integer(claim.Stage), Sql.Integer(claim.Number), Sql.Number(claim.Epoch), Sql.Text(limitedBy), Sql.Number(visited), Sql.Number(changed)).ConfigureAwait(false) == 1;

    internal static async Task<int> CountFailedRowsAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken) => (int)await Sql.AskAsync<long>(
        connection, "SELECT count(*) FROM pgscale.backfill_row WHERE name = $1 AND NOT is_waiting", cancellationToken, Sql.Text(name)).ConfigureAwait(false);

    /// <summary>One statement, so that a run sees the rows when it sees that it is wanted again.</summary>
    internal static async Task<int> RetryRowsAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken) => (int)await Sql.AskAsync<long>(
        connection,
        """
        WITH rows AS (UPDATE pgscale.backfill_row SET is_waiting = true WHERE name = $1 RETURNING 1),
             wanted AS (UPDATE pgscale.backfill SET state = 'running', reason = '', ended_at = NULL WHERE name = $1 AND state IN ('completed', 'failed'))
        SELECT count(*) FROM rows
        """,
        cancellationToken,
        Sql.Text(name)).ConfigureAwait(false);

    internal static Task<int> ForgetAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken) => Sql.RunAsync(
        connection,
        """
        WITH rows AS (DELETE FROM pgscale.backfill_row WHERE name = $1), ranges AS (DELETE FROM pgscale.backfill_range WHERE name = $1)
        DELETE FROM pgscale.backfill WHERE name = $1
        """,
        cancellationToken,
        Sql.Text(name));

    internal static string[]? Bound(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<string[]>(column);
}
