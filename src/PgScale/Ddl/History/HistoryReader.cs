using System.Text.Json;
using Npgsql;
using PgScale.Ddl.Execution;

namespace PgScale.Ddl.History;

/// <summary>Reads the history.</summary>
internal static class HistoryReader
{
    private const string RunColumns = "run, plan::text, outcome, error, started_at, ended_at, run_by, run_from, migration";

    private const string Latest = $"SELECT {RunColumns} FROM pgscale.ddl_history ORDER BY started_at DESC LIMIT $1";

    private const string OfStatement =
        $"SELECT {RunColumns} FROM pgscale.ddl_history WHERE statement = $1 AND migration IS NOT DISTINCT FROM $2 AND position = $3 ORDER BY started_at DESC LIMIT 1";

    private const string One = $"SELECT {RunColumns} FROM pgscale.ddl_history WHERE run = $1";

    private const string Steps = """
        SELECT run, step, sql, outcome, attempts, started_at, ended_at, extract(epoch FROM waited)::float8, extract(epoch FROM held)::float8, locks::text, blockers::text
        FROM pgscale.ddl_history_step WHERE run = ANY ($1) ORDER BY run, step
        """;

    private const string Files = """
        SELECT DISTINCT ON (migration, position) migration, position, statement, coalesce(checksum, ''), coalesce(statements, 1) FROM pgscale.ddl_history
        WHERE migration IS NOT NULL AND outcome IN ('succeeded', 'skipped') ORDER BY migration, position, started_at DESC
        """;

    /// <summary>Whether there is a history.</summary>
    internal static Task<bool> ExistsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Sql.ScalarAsync<bool>(
        connection,
        "SELECT pg_catalog.to_regclass('pgscale.ddl_history') IS NOT NULL AND pg_catalog.to_regclass('pgscale.ddl_history_step') IS NOT NULL",
        cancellationToken);

    /// <summary>The latest runs, the newest first.</summary>
    internal static Task<List<DdlRun>> LatestAsync(NpgsqlConnection connection, int count, CancellationToken cancellationToken) =>
        ReadAsync(connection, Latest, cancellationToken, Sql.Number(count));

    /// <summary>The latest run of a statement, or null.</summary>
    internal static async Task<DdlRun?> OfAsync(NpgsqlConnection connection, string statement, MigrationPlace? place, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(
            connection, OfStatement, cancellationToken, Sql.Text(statement), Sql.Text(place?.File), Sql.Number(place?.Position ?? 0)).ConfigureAwait(false);
        return found.SingleOrDefault();
    }

    internal static async Task<DdlRun> GetAsync(NpgsqlConnection connection, Guid run, CancellationToken cancellationToken) =>
        (await ReadAsync(connection, One, cancellationToken, Sql.Key(run)).ConfigureAwait(false)).Single();

    /// <summary>The statements of files that were run to their end.</summary>
    internal static Task<List<AppliedStatement>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Sql.ReadAsync(
        connection, Files, row => new AppliedStatement(row.GetString(0), row.GetInt32(1), row.GetString(2), row.GetString(3), row.GetInt32(4)), cancellationToken);

    private static async Task<List<DdlRun>> ReadAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        var runs = await Sql.ReadAsync(connection, sql, ReadRun, cancellationToken, parameters).ConfigureAwait(false);
        if (runs.Count == 0)
        {
            return runs;
        }

        var keys = new NpgsqlParameter<Guid[]> { TypedValue = [.. runs.Select(run => run.Id)] };
        var steps = await Sql.ReadAsync(connection, Steps, row => (Run: row.GetGuid(0), Step: ReadStep(row)), cancellationToken, keys).ConfigureAwait(false);
        var byRun = steps.ToLookup(row => row.Run, row => row.Step);
        return runs.ConvertAll(run => run with { Steps = [.. byRun[run.Id]] });
    }

    private static DdlRun ReadRun(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Plan = JsonSerializer.Deserialize(row.GetString(1), HistoryJson.Default.DdlPlan)!,
        Outcome = HistoryWords.Parse(row.GetString(2)),
        Error = row.IsDBNull(3) ? null : row.GetString(3),
        StartedAt = row.GetFieldValue<DateTimeOffset>(4),
        EndedAt = row.IsDBNull(5) ? null : row.GetFieldValue<DateTimeOffset>(5),
        By = row.GetString(6),
        From = row.GetString(7),
        Migration = row.IsDBNull(8) ? null : row.GetString(8),
    };

    private static DdlStepRecord ReadStep(NpgsqlDataReader row) => new()
    {
        Step = row.GetInt32(1),
        Sql = row.GetString(2),
        Outcome = HistoryWords.Parse(row.GetString(3)),
        Attempts = row.GetInt32(4),
        StartedAt = row.GetFieldValue<DateTimeOffset>(5),
        EndedAt = row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6),
        Waited = TimeSpan.FromSeconds(row.GetDouble(7)),
        Held = TimeSpan.FromSeconds(row.GetDouble(8)),
        Locks = JsonSerializer.Deserialize(row.GetString(9), HistoryJson.Default.IReadOnlyListDdlLock) ?? [],
        Blockers = JsonSerializer.Deserialize(row.GetString(10), HistoryJson.Default.IReadOnlyListDdlBlocker) ?? [],
    };
}
