using System.Collections.Immutable;
using Npgsql;

namespace PgScale.Backfill.Planning;

/// <summary>Makes a plan: reads the catalog, asks the planner, and runs one batch that it rolls back.</summary>
internal sealed class BackfillPlanner(NpgsqlConnection connection, BackfillDefinition definition, ControlledBackfillOptions options, TimeProvider time)
{
    private const int TrialRows = 1_000;

    internal async Task<BackfillPlan> PlanAsync(CancellationToken cancellationToken)
    {
        var table = await TableReader.ReadAsync(connection, definition, cancellationToken).ConfigureAwait(false);
        var stripes = await StripeRule.ChooseAsync(connection, definition, table, cancellationToken).ConfigureAwait(false);
        var findings = await BackfillChecks.LookAsync(connection, definition, table, options, cancellationToken).ConfigureAwait(false);
        var statements = new BatchStatements(definition, table, filter: null);
        var plan = await BatchPlan.ExplainAsync(connection, definition, table, cancellationToken).ConfigureAwait(false);
        return new()
        {
            Name = definition.Name,
            Table = table.Quoted,
            Key = [.. table.Key.Columns.Select(column => column.Name)],
            KeyIndex = table.KeyIndex ?? "",
            Form = stripes.Stripes is null ? BackfillForm.Range : BackfillForm.Striped,
            Stripes = stripes.Stripes ?? 1,
            FormReason = stripes.Reason,
            Stages = StageNames.Of(definition),
            Statement = statements.IsWork ? "" : statements.Apply(stripes.Stripes is null ? RowScope.Between : RowScope.Striped),
            ServerPlan = plan?.Text ?? "",
            RowsEstimated = (long)table.Rows,
            DurationEstimated = await TryAsync(statements, table, cancellationToken).ConfigureAwait(false),
            Samples = await SampleAsync(statements, cancellationToken).ConfigureAwait(false),
            Findings = [.. findings],
        };
    }

    private async Task<TimeSpan?> TryAsync(BatchStatements statements, BackfillTable table, CancellationToken cancellationToken)
    {
        if (statements.IsWork || await Sql.AskAsync<string[]>(connection, statements.LastKey, cancellationToken).ConfigureAwait(false) is not { } last)
        {
            return null;
        }

        var upper = await Sql.AskAsync<string[]>(
            connection, statements.NextBound(RowScope.FromStart), cancellationToken, Sql.Texts(null), Sql.Texts(last), Sql.Number(TrialRows)).ConfigureAwait(false) ?? last;
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = transaction.ConfigureAwait(false);
        var startedAt = time.GetTimestamp();
        await Sql.RunAsync(connection, statements.Apply(RowScope.FromStart), cancellationToken, Sql.Texts(null), Sql.Texts(upper)).ConfigureAwait(false);
        var took = time.GetElapsedTime(startedAt);
        await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
        return took * Math.Max(1, table.Rows * (definition.Stages.Count + 1) / TrialRows);
    }

    private async Task<ImmutableArray<BackfillSample>> SampleAsync(BatchStatements statements, CancellationToken cancellationToken)
    {
        if (definition.Set.Count == 0)
        {
            return [];
        }

        using var command = Sql.Command(connection, statements.Sample);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        var samples = ImmutableArray.CreateBuilder<BackfillSample>();
        string[] columns = [.. definition.Set.Keys];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            ImmutableArray<string> key = [.. reader.GetFieldValue<string[]>(0)];
            var values = reader.GetFieldValue<string?[]>(1);
            samples.AddRange(columns.Select((column, index) => new BackfillSample(key, column, values[2 * index], values[(2 * index) + 1])));
        }

        return samples.ToImmutable();
    }
}
