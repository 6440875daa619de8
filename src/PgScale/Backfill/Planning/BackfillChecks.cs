using System.Globalization;
using Npgsql;

namespace PgScale.Backfill.Planning;

/// <summary>Looks for what would make a backfill hurt, before it starts.</summary>
internal static class BackfillChecks
{
    private const double RowsOfSmallTable = 20_000;

    private const string SlotsSql = """
        SELECT slot_name::text, (pg_catalog.pg_current_wal_lsn() - restart_lsn)::bigint, coalesce(wal_status, '') IN ('unreserved', 'lost')
        FROM pg_catalog.pg_replication_slots WHERE restart_lsn IS NOT NULL OR wal_status = 'lost'
        """;

    internal static async Task<IReadOnlyList<BackfillFinding>> LookAsync(
        NpgsqlConnection connection, BackfillDefinition definition, BackfillTable table, ControlledBackfillOptions options, CancellationToken cancellationToken)
    {
        var findings = new Findings(definition.Accepted);
        LookAtTable(definition, table, findings);
        var age = await StripeRule.OldestAsync(connection, cancellationToken).ConfigureAwait(false);
        if (age > options.MaxTransactionAge.TotalSeconds)
        {
            findings.Add(
                BackfillRisks.OldTransaction,
                Text($"a transaction is {TimeSpan.FromSeconds(age):hh\\:mm\\:ss} old: what the backfill leaves behind could not be removed while it lasts, and the table would double. End it (pg_stat_activity, pg_prepared_xacts)"));
        }

        await LookAtSlotsAsync(connection, options, findings, cancellationToken).ConfigureAwait(false);
        await LookAtPlanAsync(connection, definition, table, findings, cancellationToken).ConfigureAwait(false);
        return findings.All;
    }

    private static void LookAtTable(BackfillDefinition definition, BackfillTable table, Findings findings)
    {
        if (definition.Set.Keys.Intersect(table.Key.Columns.Select(column => column.Name), StringComparer.Ordinal).FirstOrDefault() is { } moved)
        {
            findings.Refuse($"Set writes the key column '{moved}', so rows would move behind or before the cursor. Choose a key that stays.");
        }

        if (table.Triggers.Length > 0)
        {
            findings.Add(BackfillRisks.Triggers, $"the triggers {string.Join(", ", table.Triggers)} fire for each changed row");
        }

        if (table.Indexes.FirstOrDefault(index => index.Columns.Any(definition.Set.ContainsKey)) is { } covering)
        {
            findings.Add(BackfillRisks.IndexedColumns, $"the index {covering.Name} covers a written column, so each changed row writes to all {table.Indexes.Length} indexes. Create that index after the backfill");
        }

        if (definition.Set.Count > 0 && table is { FillFactor: > 90, IsPartitioned: false } && StripeRule.ReasonAgainst(definition, table) is not null)
        {
            findings.Advise($"the table's fillfactor is {table.FillFactor}: a lower one, before its pages are filled, leaves room for new row versions on the same page, which writes to no index");
        }
    }

    private static async Task LookAtSlotsAsync(NpgsqlConnection connection, ControlledBackfillOptions options, Findings findings, CancellationToken cancellationToken)
    {
        using var command = Sql.Command(connection, SlotsSql);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var (slot, bytes, isAtRisk) = (reader.GetString(0), reader.IsDBNull(1) ? 0 : reader.GetInt64(1), reader.GetBoolean(2));
            if (isAtRisk || bytes > options.MaxSlotBytes)
            {
                findings.Add(BackfillRisks.ReplicationSlots, Text($"the replication slot {slot} retains {bytes >> 20} MiB of WAL{(isAtRisk ? " and is close to being lost" : "")}. Repair its consumer, or drop it"));
            }
        }
    }

    /// <summary>A batch must go through the key's index: a plan that reads the table, or another index, for each batch takes quadratic time.</summary>
    private static async Task LookAtPlanAsync(NpgsqlConnection connection, BackfillDefinition definition, BackfillTable table, Findings findings, CancellationToken cancellationToken)
    {
        if (table.Rows < RowsOfSmallTable || definition.Work is not null)
        {
            return;
        }

        var plan = await BatchPlan.ExplainAsync(connection, definition, table, cancellationToken).ConfigureAwait(false);
        if (plan is { UsesKey: false })
        {
            findings.Add(BackfillRisks.Plan, $"the planner would not walk the key's index {table.KeyIndex} for a batch. Run ANALYZE {table.Quoted}, and see what the plan says");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Findings(BackfillRisks accepted)
    {
        internal List<BackfillFinding> All { get; } = [];

        internal void Add(BackfillRisks risk, string what)
        {
            var isAccepted = accepted.HasFlag(risk);
            var remedy = isAccepted ? "." : $", or set Accepted to BackfillRisks.{risk} if that is known.";
            All.Add(new($"{char.ToUpperInvariant(what[0])}{what[1..]}{remedy}", risk, !isAccepted));
        }

        internal void Refuse(string message) => All.Add(new(message, BackfillRisks.None, IsRefusal: true));

        internal void Advise(string what) => All.Add(new($"{char.ToUpperInvariant(what[0])}{what[1..]}.", BackfillRisks.None, IsRefusal: false));
    }
}
