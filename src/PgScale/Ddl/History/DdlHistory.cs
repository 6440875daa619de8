using System.Text.Json;
using Npgsql;
using PgScale.Ddl.Execution;
using PgScale.Internal;

namespace PgScale.Ddl.History;

/// <summary>
/// Writes <c>pgscale.ddl_history</c>. A step's end is written in the step's own transaction where it has one, so that what the history
/// says and what the schema is cannot differ; no transaction of the history is open while a step works.
/// </summary>
internal sealed class DdlHistory(NpgsqlConnection connection, string from)
{
    private const string InsertRun =
        "INSERT INTO pgscale.ddl_history (run, statement, plan, migration, position, statements, checksum, outcome, run_from) VALUES ($1, $2, $3, $4, $5, $6, $7, 'running', $8)";

    private const string TakeUp = "UPDATE pgscale.ddl_history SET outcome = 'running', error = NULL, ended_at = NULL, run_by = session_user, run_from = $2 WHERE run = $1";

    private const string EndRun = "UPDATE pgscale.ddl_history SET outcome = $2, error = $3, ended_at = clock_timestamp() WHERE run = $1";

    private const string Abandon = "UPDATE pgscale.ddl_history SET outcome = 'abandoned' WHERE run = $1 AND outcome IN ('running', 'failed', 'paused') RETURNING true";

    private const string InsertStep = """
        INSERT INTO pgscale.ddl_history_step (run, step, sql, outcome, locks) VALUES ($1, $2, $3, 'running', $4)
        ON CONFLICT (run, step) DO UPDATE SET outcome = 'running', ended_at = NULL, attempts = ddl_history_step.attempts + 1
        """;

    private const string EndStep = """
        UPDATE pgscale.ddl_history_step
        SET outcome = $3, waited = waited + make_interval(secs => $4), held = make_interval(secs => $5), blockers = $6, ended_at = clock_timestamp()
        WHERE run = $1 AND step = $2 AND outcome = 'running'
        """;

    internal async Task EnsureAsync(CancellationToken cancellationToken)
    {
        await PgScaleSchema.EnsureAsync(connection, PgScaleSchema.DdlHistory, cancellationToken).ConfigureAwait(false);
        await PgScaleSchema.EnsureAsync(connection, PgScaleSchema.DdlHistoryStep, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins a run.</summary>
    internal async Task<DdlRun> BeginAsync(DdlPlan plan, MigrationPlace? place, CancellationToken cancellationToken)
    {
        var run = new DdlRun { Id = Guid.CreateVersion7(), Plan = plan, Outcome = DdlOutcome.Running, From = from, Migration = place?.File };
        await Sql.ExecuteAsync(
            connection,
            InsertRun,
            cancellationToken,
            Sql.Key(run.Id),
            Sql.Text(plan.Statement),
            Sql.Json(JsonSerializer.Serialize(plan, HistoryJson.Default.DdlPlan)),
            Sql.Text(place?.File),
            Sql.Number(place?.Position ?? 0),
            Sql.Number(place?.Statements ?? 1),
            Sql.Text(place?.Checksum),
            Sql.Text(from)).ConfigureAwait(false);
        return run;
    }

    /// <summary>Goes on with a run that stopped.</summary>
    internal Task TakeUpAsync(DdlRun run, CancellationToken cancellationToken) =>
        Sql.ExecuteAsync(connection, TakeUp, cancellationToken, Sql.Key(run.Id), Sql.Text(from));

    internal Task EndAsync(Guid run, DdlOutcome outcome, string? error, CancellationToken cancellationToken) =>
        Sql.ExecuteAsync(connection, EndRun, cancellationToken, Sql.Key(run), Sql.Text(HistoryWords.Of(outcome)), Sql.Text(error));

    internal Task<bool> AbandonAsync(Guid run, CancellationToken cancellationToken) =>
        Sql.ScalarAsync<bool>(connection, Abandon, cancellationToken, Sql.Key(run));

    internal Task BeginStepAsync(Guid run, int index, DdlStep step, CancellationToken cancellationToken) => Sql.ExecuteAsync(
        connection,
        InsertStep,
        cancellationToken,
        Sql.Key(run),
        Sql.Number(index),
        Sql.Text(step.Sql),
        Sql.Json(JsonSerializer.Serialize(step.Locks, HistoryJson.Default.IReadOnlyListDdlLock)));

    internal Task EndStepAsync(Guid run, int index, StepEnd end, CancellationToken cancellationToken) => Sql.ExecuteAsync(
        connection,
        EndStep,
        cancellationToken,
        Sql.Key(run),
        Sql.Number(index),
        Sql.Text(HistoryWords.Of(end.Outcome)),
        Sql.Seconds(end.Waited),
        Sql.Seconds(end.Held),
        Sql.Json(JsonSerializer.Serialize(end.Blockers ?? [], HistoryJson.Default.IReadOnlyListDdlBlocker)));
}
