using System.Text.Json;
using Npgsql;

namespace PgScale.Backfill.Planning;

/// <summary>How the planner would run a batch of a thousand rows from the middle of the table.</summary>
internal sealed record BatchPlan(string Text, bool UsesKey)
{
    private const int Rows = 1_000;

    /// <summary>Null when the table has fewer rows than a batch.</summary>
    internal static async Task<BatchPlan?> ExplainAsync(NpgsqlConnection connection, BackfillDefinition definition, BackfillTable table, CancellationToken cancellationToken)
    {
        var statements = new BatchStatements(definition, table, filter: null);
        var last = await Sql.AskAsync<string[]>(connection, statements.LastKey, cancellationToken).ConfigureAwait(false);
        var lower = last is null ? null : await BoundAsync(null, 1).ConfigureAwait(false);
        var upper = lower is null ? null : await BoundAsync(lower, Rows).ConfigureAwait(false);
        if (upper is null)
        {
            return null;
        }

        var sql = definition.Work is null ? statements.Apply(RowScope.Between) : statements.LockKeys(RowScope.Between);
        var json = await Sql.AskAsync<string>(connection, $"EXPLAIN (FORMAT JSON) {sql}", cancellationToken, Sql.Texts(lower), Sql.Texts(upper)).ConfigureAwait(false);
        using var document = JsonDocument.Parse(json!);
        return new(json!, table.IsPartitioned || Uses(document.RootElement[0].GetProperty("Plan"), table.KeyIndex));

        Task<string[]?> BoundAsync(string[]? from, int rows) => Sql.AskAsync<string[]>(
            connection, statements.NextBound(from is null ? RowScope.FromStart : RowScope.Between), cancellationToken, Sql.Texts(from), Sql.Texts(last), Sql.Number(rows));
    }

    private static bool Uses(JsonElement plan, string? index) =>
        (plan.TryGetProperty("Index Name", out var name) && string.Equals(name.GetString(), index, StringComparison.Ordinal) && plan.TryGetProperty("Index Cond", out _))
        || (plan.TryGetProperty("Plans", out var inner) && inner.EnumerateArray().Any(child => Uses(child, index)));
}
