using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Npgsql;
using PgScale.Backfill.Ledger;
using PgScale.Cluster;

namespace PgScale.Backfill.Planning;

/// <summary>Opens a backfill: looks at its table, takes up the position of an earlier run, or writes a new one after everything was checked.</summary>
internal sealed class BackfillStart(ControlledBackfillOptions options, ILogger logger, string instance, TimeProvider time)
{
    private const double SampleRows = 20_000;
    private const long RecentRows = 100_000;

    internal async Task<(BackfillTable Table, StripeChoice Stripes, LedgerEntry Entry, ConsistencyToken Token)> OpenAsync(
        NpgsqlConnection connection, BackfillDefinition definition, CancellationToken cancellationToken)
    {
        DefinitionRules.Check(definition);
        await BackfillLedger.EnsureAsync(connection, cancellationToken).ConfigureAwait(false);
        var table = await TableReader.ReadAsync(connection, definition, cancellationToken).ConfigureAwait(false);
        var stripes = await StripeRule.ChooseAsync(connection, definition, table, cancellationToken).ConfigureAwait(false);
        var mark = DefinitionMark.Of(definition, table);
        var entry = await BackfillLedger.ReadAsync(connection, definition.Name, cancellationToken).ConfigureAwait(false);
        var token = ConsistencyToken.None;
        if (entry is null)
        {
            await CheckAsync(connection, definition, table, cancellationToken).ConfigureAwait(false);
            token = await RegisterAsync(connection, definition, table, mark, cancellationToken).ConfigureAwait(false);
            entry = (await BackfillLedger.ReadAsync(connection, definition.Name, cancellationToken).ConfigureAwait(false))!;
        }

        if (!string.Equals(entry.Definition, mark, StringComparison.Ordinal))
        {
            throw BackfillRefusedException.For(
                definition.Name,
                $"Its table, key or change is not what it was on {entry.StartedAt:u}, when it began, and a position of the one must not be used for the other. Give the new one another name, or let go of the old one with ForgetAsync.");
        }

        return (table, stripes, entry, token);
    }

    private async Task CheckAsync(NpgsqlConnection connection, BackfillDefinition definition, BackfillTable table, CancellationToken cancellationToken)
    {
        var findings = await BackfillChecks.LookAsync(connection, definition, table, options, cancellationToken).ConfigureAwait(false);
        ImmutableArray<string> refusals = [.. findings.Where(finding => finding.IsRefusal).Select(finding => finding.Message)];
        if (refusals.Length > 0)
        {
            throw BackfillRefusedException.For(definition.Name, refusals.AsSpan());
        }

        foreach (var finding in findings)
        {
            ControlledBackfillLog.Warned(logger, instance, definition.Name, finding.Message);
        }
    }

    private async Task<ConsistencyToken> RegisterAsync(NpgsqlConnection connection, BackfillDefinition definition, BackfillTable table, string mark, CancellationToken cancellationToken)
    {
        if (!await TableWriters.WaitAsync(connection, table.Oid, options.WriterWait, time, cancellationToken).ConfigureAwait(false))
        {
            ControlledBackfillLog.WritersLeft(logger, instance, definition.Name, options.WriterWait);
        }

        var stages = StageNames.Of(definition);
        var cuts = await FindCutsAsync(connection, definition, table, cancellationToken).ConfigureAwait(false);
        var ranges = Enumerable.Range(0, stages.Length - (definition.Sweeps ? 1 : 0)).SelectMany(stage => RangesOf(stage, cuts)).ToList();
        if (definition.Sweeps && cuts.Count > 0)
        {
            var recent = await FindRecentAsync(connection, definition, table, cancellationToken).ConfigureAwait(false);
            ranges.AddRange(recent is null ? RangesOf(stages.Length - 1, cuts) : [new(stages.Length - 1, 0, 0, new(recent), cuts[^1])]);
        }

        var rows = (long)table.Rows * (definition.Stages.Count + 1);
        return await BackfillLedger.RegisterAsync(connection, new(mark, rows, stages), definition.Name, ranges, cancellationToken).ConfigureAwait(false);
    }

    private static IEnumerable<RangeClaim> RangesOf(int stage, List<string[]> cuts) =>
        cuts.Select((upper, number) => new RangeClaim(stage, number, 0, new(number == 0 ? null : cuts[number - 1]), upper));

    /// <summary>Where the sweep begins; null for the beginning of the table.</summary>
    private static async Task<string[]?> FindRecentAsync(NpgsqlConnection connection, BackfillDefinition definition, BackfillTable table, CancellationToken cancellationToken)
    {
        var isRecent = definition.Sweep == BackfillSweep.Recent || (definition.Sweep == BackfillSweep.Auto && table.KeyGrows);
        return isRecent
            ? await Sql.AskAsync<string[]>(connection, new BatchStatements(definition, table, filter: null).RecentKey, cancellationToken, Sql.Number(RecentRows)).ConfigureAwait(false)
            : null;
    }

    /// <summary>The last key of each range, the table's last one at the end; none when the table is empty.</summary>
    private static async Task<List<string[]>> FindCutsAsync(NpgsqlConnection connection, BackfillDefinition definition, BackfillTable table, CancellationToken cancellationToken)
    {
        var statements = new BatchStatements(definition, table, filter: null);
        var last = await Sql.AskAsync<string[]>(connection, statements.LastKey, cancellationToken).ConfigureAwait(false);
        var cuts = new List<string[]>();
        if (last is null)
        {
            return cuts;
        }

        if (definition.Ranges > 1)
        {
            var percent = Math.Clamp(100 * SampleRows / Math.Max(1, table.Rows), 0.001, 100);
            using var command = Sql.Command(connection, statements.Cuts(percent), Sql.Number(definition.Ranges), Sql.Texts(last));
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using var disposing = reader.ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                cuts.Add(reader.GetFieldValue<string[]>(0));
            }
        }

        cuts.RemoveAll(cut => cut.AsSpan().SequenceEqual(last));
        cuts.Add(last);
        return cuts;
    }
}
