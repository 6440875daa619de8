using Npgsql;
using PgScale.Backfill.Pacing;

namespace PgScale.Backfill.Ledger;

/// <summary>Reads the status of a backfill out of its tables, and out of the locks that workers hold.</summary>
internal static class StatusReader
{
    private const string StatusSql = """
        SELECT coalesce(sum(r.rows_visited), 0)::bigint, coalesce(sum(r.rows_changed), 0)::bigint, coalesce(sum(r.batches), 0)::bigint,
               max(r.seen_at), (SELECT min(stage) FROM pgscale.backfill_range WHERE name = $1 AND NOT is_done),
               (SELECT count(*) FROM pgscale.backfill_row WHERE name = $1),
               coalesce((array_agg(r.limited_by ORDER BY r.seen_at DESC NULLS LAST) FILTER (WHERE NOT r.is_done))[1], ''),
               count(*) FILTER (WHERE NOT r.is_done AND EXISTS (
                   SELECT FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
                     AND ((l.classid::bigint << 32) | l.objid::bigint) = pg_catalog.hashtextextended('pgscale.backfill/' || r.name || '/' || r.stage || '/' || r.number, 0)))
        FROM pgscale.backfill_range r WHERE r.name = $1
        """;

    internal static async Task<BackfillStatus?> ReadAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        if (!await BackfillLedger.ExistsAsync(connection, cancellationToken).ConfigureAwait(false)
            || await BackfillLedger.ReadAsync(connection, name, cancellationToken).ConfigureAwait(false) is not { } entry)
        {
            return null;
        }

        using var command = Sql.Command(connection, StatusSql, Sql.Text(name));
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return Read(name, entry, reader);
    }

    private static BackfillStatus Read(string name, LedgerEntry entry, NpgsqlDataReader row) => new()
    {
        Name = name,
        State = entry.State,
        Reason = entry.Reason,
        Stage = row.IsDBNull(4) ? "" : entry.Stages[row.GetInt32(4)],
        Workers = (int)row.GetInt64(7),
        RowsVisited = row.GetInt64(0),
        RowsChanged = row.GetInt64(1),
        RowsEstimated = entry.RowsEstimated,
        Batches = row.GetInt64(2),
        RowsSetAside = row.GetInt64(5),
        LimitedBy = row.GetString(6),
        Pace = PaceText.Read(entry.Pace),
        StartedAt = entry.StartedAt,
        SeenAt = row.IsDBNull(3) ? null : row.GetFieldValue<DateTimeOffset>(3),
        EndedAt = entry.EndedAt,
    };
}
