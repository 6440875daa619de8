using System.Globalization;
using Npgsql;

namespace PgScale.Backfill.Planning;

/// <summary>Whether striping pays for a table and a change, and with how many stripes. See docs/decisions/0032.</summary>
internal static class StripeRule
{
    private const double LeastCorrelation = 0.9;
    private const double LeastRowsPerPage = 6;
    private const double LeastPages = 200;
    private const int MaxStripes = 16;
    private const int SecondsOfOldSnapshot = 60;

    // Snapshots, prepared transactions and slots that keep old row versions from being pruned. A standby's feedback is in its walsender's backend_xmin or slot.
    private const string OldestSql = """
        SELECT coalesce(pg_catalog.max(age), 0)::float8 FROM (
            SELECT pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start) AS age FROM pg_catalog.pg_stat_activity a
            WHERE (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL) AND a.xact_start IS NOT NULL AND a.pid <> pg_catalog.pg_backend_pid()
              AND (a.datname = pg_catalog.current_database() OR a.backend_xid IS NOT NULL)
            UNION ALL SELECT pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - p.prepared) FROM pg_catalog.pg_prepared_xacts p) horizon
        """;

    internal static async Task<StripeChoice> ChooseAsync(NpgsqlConnection connection, BackfillDefinition definition, BackfillTable table, CancellationToken cancellationToken)
    {
        if (definition.Form == BackfillForm.Striped)
        {
            return new(StripesOf(table), "the definition asks for stripes");
        }

        if (definition.Form == BackfillForm.Range)
        {
            return new(stripes: null, "the definition asks for plain ranges");
        }

        var reason = ReasonAgainst(definition, table);
        if (reason is null && await OldestAsync(connection, cancellationToken).ConfigureAwait(false) is > SecondsOfOldSnapshot and var age)
        {
            reason = string.Create(CultureInfo.InvariantCulture, $"a transaction of {age:0} s keeps old row versions, so that pages make no room");
        }

        return reason is null
            ? new(StripesOf(table), "no index covers the written columns, the heap follows the key, and old row versions can be pruned")
            : new(stripes: null, reason);
    }

    internal static string? ReasonAgainst(BackfillDefinition definition, BackfillTable table)
    {
        if (definition.Set.Count == 0)
        {
            return "it is not known which columns are written";
        }

        if (table.Indexes.FirstOrDefault(index => index.Columns.Any(definition.Set.ContainsKey)) is { } covering)
        {
            return $"the index {covering.Name} covers a written column";
        }

        return table switch
        {
            { IsPartitioned: true } => "the table is partitioned",
            { Pages: < LeastPages } => "the table is small",
            { RowsPerPage: < LeastRowsPerPage } => "a page holds few rows",
            { FillFactor: <= 60 } => "the fillfactor leaves room already",
            { Correlation: null } => "it is not known whether the heap follows the key",
            { Correlation: < LeastCorrelation and > -LeastCorrelation } => "the heap does not follow the key, so that batches are scattered over pages already",
            _ => null,
        };
    }

    /// <summary>The age in seconds of the oldest transaction that keeps old row versions.</summary>
    internal static Task<double> OldestAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Sql.AskAsync<double>(connection, OldestSql, cancellationToken);

    // The room of one stripe has to hold the next: a third of the rows of a page was measured to be enough stripes. With sixteen
    // the first one's entries find room in the tenth of an index's pages that is left free.
    private static int StripesOf(BackfillTable table) => (int)Math.Clamp(table.RowsPerPage / 3, 3, MaxStripes);
}
