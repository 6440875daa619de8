using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using PgScale.Cluster;
using PgScale.Ddl.Execution;
using PgScale.Ddl.History;
using PgScale.Ddl.Judgement;
using PgScale.Ddl.Migrations;

namespace PgScale.Ddl;

/// <summary>Changes the schema without stalling the application: judges statements, plans the safe way, and takes locks unnoticed.</summary>
/// <remarks>
/// Thread-safe; in one database one run is at work at a time, whatever process it belongs to. Each run opens two connections of its own
/// to the primary and closes them. What a run has done is in <c>pgscale.ddl_history</c>; a run that was killed is gone on with by running
/// the same statement or folder again.
/// </remarks>
public sealed class SafeDdlExecutor
{
    private readonly Lazy<SafeDdlExecutorOptions> _options;
    private readonly Lazy<DdlConnections> _connections;
    private readonly SafeDdlExecutorMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly string _instance;

    internal SafeDdlExecutor(
        ClusterMonitor monitor, NodeConnections connections, Func<SafeDdlExecutorOptions> options, SafeDdlExecutorMetrics metrics, ILogger logger, TimeProvider time)
    {
        _options = new(options);
        _connections = new(() => new(monitor, connections, _options.Value));
        _metrics = metrics;
        _logger = logger;
        _time = time;
        _instance = monitor.Instance;
    }

    /// <summary>Who judges statements.</summary>
    internal JudgeStatement Judge { get; init; } = new DdlJudge().JudgeAsync;

    /// <summary>What the text alone says about a statement; what only a server can know counts as the worst.</summary>
    /// <param name="sql">One statement.</param>
    /// <param name="policy">What is allowed; default <see cref="DdlPolicy.Default"/>.</param>
    public static DdlPlan AnalyzeText(string sql, DdlPolicy? policy = null)
    {
        ArgumentNullException.ThrowIfNull(sql);
        return new DdlJudge().JudgeText(sql, policy ?? DdlPolicy.Default);
    }

    /// <summary>What a statement would do to this database, and the steps by which it is done safely. Nothing is changed.</summary>
    /// <param name="sql">One statement.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DdlException">The connection cannot be used for schema changes.</exception>
    /// <exception cref="PrimaryUnavailableException">There is no primary.</exception>
    public async Task<DdlPlan> AnalyzeAsync(string sql, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sql);
        var session = await _connections.Value.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = session.ConfigureAwait(false);
        return await Judge(sql, session.Pinned, _options.Value.Policy, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same for several statements over one connection; each is judged by the database as it is now, not as the ones before would leave it.</summary>
    /// <param name="statements">One statement each.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DdlException">The connection cannot be used for schema changes.</exception>
    /// <exception cref="PrimaryUnavailableException">There is no primary.</exception>
    public async IAsyncEnumerable<DdlPlan> AnalyzeAllAsync(IEnumerable<string> statements, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(statements);
        var session = await _connections.Value.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = session.ConfigureAwait(false);
        foreach (var statement in statements)
        {
            yield return await Judge(statement, session.Pinned, _options.Value.Policy, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Judges a statement and runs it, or goes on where an earlier run of it stopped.</summary>
    /// <param name="sql">One statement.</param>
    /// <param name="progress">Is told what happens; it is called on threads of the pool.</param>
    /// <param name="cancellationToken">Stops it between two statements of the server, or in the middle of a long one; what was done stays.</param>
    /// <exception cref="DdlException">It was refused, or stopped; <see cref="DdlException.Failure"/> says why.</exception>
    /// <exception cref="PrimaryUnavailableException">There is no primary.</exception>
    public Task<DdlRun> ExecuteAsync(string sql, IProgress<DdlProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sql);
        var statement = StatementOf(sql);
        return WithRunnerAsync((run, token) => new StatementRunner(run, Judge).RunAsync(statement, plan: null, place: null, token), progress, cancellationToken);
    }

    /// <summary>Judges and runs statements one after the other as one runner; stops at the first that fails or has to pause.</summary>
    /// <param name="statements">One statement each.</param>
    /// <param name="progress">Is told what happens; it is called on threads of the pool.</param>
    /// <param name="cancellationToken">Stops it; what was done stays.</param>
    /// <returns>The runs, one for each statement that was begun.</returns>
    /// <exception cref="DdlException">A statement was refused, or stopped.</exception>
    /// <exception cref="PrimaryUnavailableException">There is no primary.</exception>
    public Task<IReadOnlyList<DdlRun>> ExecuteAllAsync(IEnumerable<string> statements, IProgress<DdlProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(statements);
        return WithRunnerAsync<IReadOnlyList<DdlRun>>(
            async (run, token) =>
            {
                List<DdlRun> runs = [];
                foreach (var statement in statements.Select(StatementOf))
                {
                    runs.Add(await new StatementRunner(run, Judge).RunAsync(statement, plan: null, place: null, token).ConfigureAwait(false));
                    if (runs[^1].Outcome == DdlOutcome.Paused)
                    {
                        break;
                    }
                }

                return runs;
            },
            progress,
            cancellationToken);
    }

    /// <summary>Runs a plan, or goes on where an earlier run of its statement stopped.</summary>
    /// <inheritdoc cref="ExecuteAsync(string, IProgress{DdlProgress}, CancellationToken)"/>
    /// <param name="plan">The plan, from <see cref="AnalyzeAsync"/>.</param>
    /// <param name="progress">Is told what happens; it is called on threads of the pool.</param>
    /// <param name="cancellationToken">Stops it; what was done stays.</param>
    public Task<DdlRun> ExecuteAsync(DdlPlan plan, IProgress<DdlProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return WithRunnerAsync((run, token) => new StatementRunner(run, Judge).RunAsync(plan.Statement, plan, place: null, token), progress, cancellationToken);
    }

    /// <summary>The <c>.sql</c> files of a folder in the order of their names, and which of them were applied.</summary>
    /// <param name="folder">The folder; folders in it are not looked into.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DdlException">The files do not fit what was applied.</exception>
    public async Task<IReadOnlyList<DdlMigration>> GetMigrationsAsync(string folder, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var files = await MigrationFolder.ReadAsync(folder, cancellationToken).ConfigureAwait(false);
        var session = await _connections.Value.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = session.ConfigureAwait(false);
        var applied = await HistoryReader.ExistsAsync(session.Pinned, cancellationToken).ConfigureAwait(false)
            ? await HistoryReader.AppliedAsync(session.Pinned, cancellationToken).ConfigureAwait(false)
            : [];
        return MigrationFolder.Compare(files, applied, _options.Value.AllowOutOfOrder);
    }

    /// <summary>
    /// Runs the <c>.sql</c> files of a folder that were not run yet, in the order of their names, statement by statement. It stops at the
    /// first that fails; run again, it goes on there.
    /// </summary>
    /// <param name="folder">The folder; folders in it are not looked into.</param>
    /// <param name="progress">Is told what happens.</param>
    /// <param name="cancellationToken">Stops it; what was done stays.</param>
    /// <returns>The runs of this call, one for each statement; none when all had been applied.</returns>
    /// <exception cref="DdlException">The files do not fit what was applied, or a statement was refused or failed.</exception>
    /// <exception cref="PrimaryUnavailableException">There is no primary.</exception>
    public async Task<IReadOnlyList<DdlRun>> MigrateAsync(string folder, IProgress<DdlProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var files = await MigrationFolder.ReadAsync(folder, cancellationToken).ConfigureAwait(false);
        return await WithRunnerAsync(
            (run, token) => new MigrationRunner(run, new StatementRunner(run, Judge)).RunAsync(files, token), progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The latest runs, the newest first; empty when there has been none.</summary>
    /// <param name="count">At most so many. 1 to 10,000; default 100.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is out of its range.</exception>
    public async Task<IReadOnlyList<DdlRun>> GetHistoryAsync(int count = 100, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 10_000);
        var session = await _connections.Value.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = session.ConfigureAwait(false);
        return await HistoryReader.ExistsAsync(session.Pinned, cancellationToken).ConfigureAwait(false)
            ? await HistoryReader.LatestAsync(session.Pinned, count, cancellationToken).ConfigureAwait(false)
            : [];
    }

    /// <summary>Says that a run that stopped shall not be gone on with, for example since somebody has tidied up by hand.</summary>
    /// <param name="run">The run; one that has succeeded stays as it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether there was such a run.</returns>
    public Task<bool> AbandonAsync(Guid run, CancellationToken cancellationToken = default) =>
        WithRunnerAsync((context, token) => context.History.AbandonAsync(run, token), progress: null, cancellationToken);

    /// <summary>INVALID indexes that failed concurrent builds have left in this database.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<DdlLeftover>> FindLeftoversAsync(CancellationToken cancellationToken = default)
    {
        var session = await _connections.Value.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = session.ConfigureAwait(false);
        return await IndexLeftovers.FindAsync(session.Pinned, table: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Drops the INVALID indexes that <see cref="FindLeftoversAsync"/> finds, concurrently, one after the other.</summary>
    /// <param name="progress">Is told what happens.</param>
    /// <param name="cancellationToken">Stops it; what was dropped is gone.</param>
    /// <returns>What was dropped.</returns>
    /// <exception cref="DdlException">Another runner is at work.</exception>
    public Task<IReadOnlyList<DdlLeftover>> DropLeftoversAsync(IProgress<DdlProgress>? progress = null, CancellationToken cancellationToken = default) =>
        WithRunnerAsync<IReadOnlyList<DdlLeftover>>(DropLeftoversAsync, progress, cancellationToken);

    private static async Task<IReadOnlyList<DdlLeftover>> DropLeftoversAsync(RunContext run, CancellationToken cancellationToken)
    {
        var found = await IndexLeftovers.FindAsync(run.Session.Pinned, table: null, cancellationToken).ConfigureAwait(false);
        foreach (var leftover in found)
        {
            await new LongStatement(run).RunAsync(IndexLeftovers.DropStatement(leftover), cancellationToken).ConfigureAwait(false);
            SafeDdlExecutorLog.LeftoverDropped(run.Report.Logger, run.Report.Instance, leftover.Index);
        }

        return found;
    }

    // A statement is found in the history by its text, so it must be cut as a plan cuts it.
    private static string StatementOf(string sql)
    {
        try
        {
            return DdlScript.Split(sql) is [var one] ? one : sql;
        }
        catch (FormatException)
        {
            return sql; // the judge says what is wrong with it
        }
    }

    private async Task<T> WithRunnerAsync<T>(Func<RunContext, CancellationToken, Task<T>> work, IProgress<DdlProgress>? progress, CancellationToken cancellationToken)
    {
        var options = _options.Value;
        var report = new DdlReport(_instance, _logger, _metrics, progress);
        var session = await _connections.Value.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = session.ConfigureAwait(false);
        await RunnerLock.TakeAsync(session, options, report, _time, cancellationToken).ConfigureAwait(false);
        var run = RunContext.Create(session, _connections.Value, report, options, _time);
        await run.History.EnsureAsync(cancellationToken).ConfigureAwait(false);
        return await work(run, cancellationToken).ConfigureAwait(false);
    }
}
