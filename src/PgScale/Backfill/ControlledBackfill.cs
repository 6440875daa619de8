using Microsoft.Extensions.Logging;
using Npgsql;
using PgScale.Cluster;

namespace PgScale.Backfill;

/// <summary>Changes very many rows in small steps: each row exactly once, resumable at any point, and no faster than the cluster can bear.</summary>
/// <remarks>
/// Thread-safe. The position is kept in <c>pgscale.backfill</c> on the primary and is written in the transaction of each batch, so any
/// process may die at any time, and the primary too. Every method but <see cref="RunAsync(BackfillDefinition, IProgress{BackfillProgress}, BackfillRunOptions, CancellationToken)"/>
/// works from any process.
/// </remarks>
public sealed class ControlledBackfill
{
    private static readonly TimeSpan ReplicaPatience = TimeSpan.FromSeconds(5);

    private readonly ClusterMonitor _monitor;
    private readonly NodeConnections _connections;
    private readonly Lazy<ControlledBackfillOptions> _options;
    private readonly Lazy<IReadOnlyList<BackfillSignal>> _signals;
    private readonly Lazy<ServerPatience> _patience;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    internal ControlledBackfill(
        ClusterMonitor monitor,
        NodeConnections connections,
        Func<ControlledBackfillOptions> options,
        Func<IReadOnlyList<BackfillSignal>> signals,
        ControlledBackfillMetrics metrics,
        ILogger logger,
        TimeProvider time)
    {
        _signals = new(signals);
        _patience = new(() => new(monitor, Options, logger, time));
        _monitor = monitor;
        _connections = connections;
        _options = new(options);
        Metrics = metrics;
        _logger = logger;
        _time = time;
    }

    internal ControlledBackfillMetrics Metrics { get; }

    internal ControlledBackfillOptions Options => _options.Value;

    /// <summary>Runs a backfill from where it stands to its end, or until somebody cancels it.</summary>
    /// <remarks>
    /// Cancelling the token stops this process only: what is done stays done, and whoever runs it next goes on from there. A lost server is
    /// waited for. While the backfill is paused, so is this call.
    /// </remarks>
    /// <param name="definition">What to change.</param>
    /// <param name="progress">Told at most four times a second, and at each change of state or of what limits the pace.</param>
    /// <param name="options">How this process takes part; default: one worker, and none beside it.</param>
    /// <param name="cancellationToken">Ends the run of this process between two batches.</param>
    /// <returns>The status at the end: Completed or Cancelled.</returns>
    /// <exception cref="BackfillRefusedException">It would hurt, it contradicts itself, or another process runs it.</exception>
    /// <exception cref="BackfillFailedException">Too many rows could not be changed, or no primary came back in time.</exception>
    /// <exception cref="PrimaryUnavailableException">There was no primary to begin with.</exception>
    public async Task<BackfillStatus> RunAsync(
        BackfillDefinition definition, IProgress<BackfillProgress>? progress = null, BackfillRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        options ??= BackfillRunOptions.Default;
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Workers, 64, nameof(options));
        var context = await _patience.Value.TryAsync(() => OpenAsync(definition, cancellationToken), definition.Name, cancellationToken).ConfigureAwait(false);
        context.ReportTo(progress);
        var run = new BackfillRun(context, _monitor, _connections);
        if (!Metrics.TryBegin(run))
        {
            throw BackfillRefusedException.For(definition.Name, "This process runs it already. Use more workers instead of a second run.");
        }

        try
        {
            var state = await run.RunAsync(options.Workers, options.Joins, cancellationToken).ConfigureAwait(false);
            ControlledBackfillLog.Ended(_logger, _monitor.Instance, definition.Name, state, context.Tally.Changed);
        }
        finally
        {
            Metrics.End(run);
        }

        return await GetStatusAsync(definition.Name, cancellationToken).ConfigureAwait(false)
            ?? throw BackfillRefusedException.For(definition.Name, "It was forgotten while it ran.");
    }

    /// <summary>Runs a backfill as its only process with one worker.</summary>
    /// <inheritdoc cref="RunAsync(BackfillDefinition, IProgress{BackfillProgress}, BackfillRunOptions, CancellationToken)"/>
    public Task<BackfillStatus> RunAsync(BackfillDefinition definition, CancellationToken cancellationToken) =>
        RunAsync(definition, progress: null, options: null, cancellationToken);

    /// <summary>The plan of a backfill: what it would do, what speaks against it, and a sample, with nothing changed.</summary>
    /// <param name="definition">What to change.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BackfillRefusedException">The table or the key cannot be used at all.</exception>
    /// <exception cref="PrimaryUnavailableException">There is no primary.</exception>
    public async Task<BackfillPlan> PlanAsync(BackfillDefinition definition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        DefinitionRules.Check(definition);
        var session = await RunnerSession.OpenAsync(_connections, _monitor.Current.GetPrimary(), Options, cancellationToken).ConfigureAwait(false);
        await using var disposing = session.ConfigureAwait(false);
        return await new BackfillPlanner(session.Connection, definition, Options, _time).PlanAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Where a backfill stands; null when there is none of that name.</summary>
    /// <param name="name">The backfill.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="PrimaryUnavailableException">There is no primary.</exception>
    public Task<BackfillStatus?> GetStatusAsync(string name, CancellationToken cancellationToken = default) =>
        OnPrimaryAsync(connection => StatusReader.ReadAsync(connection, name, cancellationToken), cancellationToken);

    /// <summary>How many rows are left to change, by reading the whole table: on a fresh replica of the tier if there is one, on the primary otherwise.</summary>
    /// <param name="definition">A definition of <see cref="BackfillDefinition.Set"/> or <see cref="BackfillDefinition.Work"/> with a guard.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BackfillRefusedException">The definition has no guard.</exception>
    /// <exception cref="PrimaryUnavailableException">There is no primary.</exception>
    public async Task<long> CountLeftAsync(BackfillDefinition definition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        if (definition.Where is null)
        {
            throw BackfillRefusedException.For(definition.Name, "Without Where nothing tells a row that is done from one that is not.");
        }

        var node = await FindReaderAsync(cancellationToken).ConfigureAwait(false);
        var connection = await _connections.OpenAsync(node, new(Options.Tier, ReadOnly: true, "backfill"), cancellationToken).ConfigureAwait(false);
        await using var disposing = connection.ConfigureAwait(false);
        var table = await TableReader.ReadAsync(connection, definition, cancellationToken).ConfigureAwait(false);
        return await Sql.AskAsync<long>(connection, new BatchStatements(definition, table, filter: null).CountLeft, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Has all processes stop after the batch under way, until it is resumed; returns the status.</summary>
    /// <inheritdoc cref="ChangeAsync" path="/param"/>
    /// <inheritdoc cref="ChangeAsync" path="/exception"/>
    public Task<BackfillStatus> PauseAsync(string name, string reason = "", CancellationToken cancellationToken = default) =>
        ChangeAsync(name, reason, BackfillState.Paused, [BackfillState.Running, BackfillState.Paused], cancellationToken);

    /// <summary>Lets a paused, cancelled or failed backfill go on; a process has to run it. Returns the status.</summary>
    /// <inheritdoc cref="ChangeAsync" path="/param"/>
    /// <inheritdoc cref="ChangeAsync" path="/exception"/>
    public Task<BackfillStatus> ResumeAsync(string name, CancellationToken cancellationToken = default) =>
        ChangeAsync(name, "", BackfillState.Running, [BackfillState.Running, BackfillState.Paused, BackfillState.Cancelled, BackfillState.Failed], cancellationToken);

    /// <summary>Has all processes give up after the batch under way; what is done stays done. Returns the status.</summary>
    /// <inheritdoc cref="ChangeAsync" path="/param"/>
    /// <inheritdoc cref="ChangeAsync" path="/exception"/>
    public Task<BackfillStatus> CancelAsync(string name, string reason = "", CancellationToken cancellationToken = default) =>
        ChangeAsync(name, reason, BackfillState.Cancelled, [BackfillState.Running, BackfillState.Paused, BackfillState.Cancelled, BackfillState.Failed], cancellationToken);

    /// <summary>Changes the pace while it runs, within a batch or a quarter of a second; null values leave it to the definition. Returns the status.</summary>
    /// <param name="name">The backfill.</param>
    /// <param name="pace">What to change.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BackfillRefusedException">There is no such backfill, or a value is out of range.</exception>
    public async Task<BackfillStatus> SetPaceAsync(string name, BackfillPace pace, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pace);
        var rules = new OptionRules("BackfillPace");
        PaceRules.Check(pace, "", rules);
        if (rules.Problems.Count > 0)
        {
            throw BackfillRefusedException.For(name, [.. rules.Problems]);
        }

        const string sql = "UPDATE pgscale.backfill SET pace = $2, version = version + 1 WHERE name = $1";
        return await OnPrimaryAsync(
            async connection =>
            {
                var isThere = await BackfillLedger.ExistsAsync(connection, cancellationToken).ConfigureAwait(false)
                    && await Sql.RunAsync(connection, sql, cancellationToken, Sql.Text(name), Sql.Text(PaceText.Write(pace))).ConfigureAwait(false) == 1;
                return isThere ? (await StatusReader.ReadAsync(connection, name, cancellationToken).ConfigureAwait(false))! : throw Unknown(name);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Has the rows that were set aside tried again by the next run, once their cause is repaired. Returns how many there are.</summary>
    /// <param name="name">The backfill.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BackfillRefusedException">There is no such backfill.</exception>
    public Task<int> RetryRowsAsync(string name, CancellationToken cancellationToken = default) => OnPrimaryAsync(
        async connection => await StatusReader.ReadAsync(connection, name, cancellationToken).ConfigureAwait(false) is null
            ? throw Unknown(name)
            : await BackfillLedger.RetryRowsAsync(connection, name, cancellationToken).ConfigureAwait(false),
        cancellationToken);

    /// <summary>Deletes what is known of a backfill that nobody runs, so that its name is free; rows that were changed stay so. False when there is none.</summary>
    /// <param name="name">The backfill.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BackfillRefusedException">A process runs it.</exception>
    public Task<bool> ForgetAsync(string name, CancellationToken cancellationToken = default) => OnPrimaryAsync(
        async connection =>
        {
            if (await StatusReader.ReadAsync(connection, name, cancellationToken).ConfigureAwait(false) is not { } status)
            {
                return false;
            }

            if (status.Workers > 0)
            {
                throw BackfillRefusedException.For(name, $"{status.Workers} workers run it. Cancel it first.");
            }

            await BackfillLedger.ForgetAsync(connection, name, cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    // A replica that has all that is committed now, or else the primary.
    private async Task<NodeState> FindReaderAsync(CancellationToken cancellationToken)
    {
        var token = await OnPrimaryAsync(connection => ConsistencyToken.CaptureAsync(connection, _time, cancellationToken), cancellationToken).ConfigureAwait(false);
        using var patience = new CancellationTokenSource(ReplicaPatience, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return Find(await _monitor.WaitForAsync(snapshot => Find(snapshot) is not null, linked.Token).ConfigureAwait(false))!;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return _monitor.Current.GetPrimary();
        }

        NodeState? Find(ClusterSnapshot snapshot) => snapshot.Replicas.Length == 0
            ? snapshot.GetPrimary()
            : snapshot.GetFreshReplicas(Options.Tier).FirstOrDefault(replica => snapshot.CoverageOf(replica, token) == TokenCoverage.Covered);
    }

    private async Task<RunContext> OpenAsync(BackfillDefinition definition, CancellationToken cancellationToken)
    {
        var primary = _monitor.Current.GetPrimary();
        if (primary.Node.Pooler != PoolerMode.None)
        {
            throw BackfillRefusedException.For(
                definition.Name,
                $"The primary {primary.Name} is reached through a pooler in transaction mode, where a session cannot hold a lock. Register a second instance, AddKeyedPgScale(\"backfills\", …), whose connection strings lead past the pooler.");
        }

        var session = await RunnerSession.OpenAsync(_connections, primary, Options, cancellationToken).ConfigureAwait(false);
        await using var disposing = session.ConfigureAwait(false);
        var (table, stripes, entry) = await new BackfillStart(Options, _logger, _monitor.Instance, _time).OpenAsync(session.Connection, definition, cancellationToken).ConfigureAwait(false);
        var status = (await StatusReader.ReadAsync(session.Connection, definition.Name, cancellationToken).ConfigureAwait(false))!;
        await ReviveAsync(session.Connection, status, cancellationToken).ConfigureAwait(false);
        var context = new RunContext(definition, Options, Metrics, _logger, _time, _monitor.Instance)
        {
            Table = table,
            Stripes = stripes,
            Entry = entry,
            Signals = _signals.Value,
        };
        context.Tally.StartFrom(status.RowsVisited, status.RowsChanged);
        context.SetAside.StartFrom(await BackfillLedger.CountFailedRowsAsync(session.Connection, definition.Name, cancellationToken).ConfigureAwait(false));
        context.Pace.UseLive(status.Pace);
        ControlledBackfillLog.Started(_logger, _monitor.Instance, definition.Name, table.Quoted, table.KeyIndex, (long)table.Rows, $"{(stripes.Stripes is { } count ? $"in {count} stripes" : "in plain ranges")}, because {stripes.Reason}");
        return context;
    }

    // Running a failed one again is asking for another attempt; a cancelled one was given up by somebody.
    private static async Task ReviveAsync(NpgsqlConnection connection, BackfillStatus status, CancellationToken cancellationToken)
    {
        if (status.State == BackfillState.Cancelled)
        {
            throw BackfillRefusedException.For(
                status.Name, $"It was cancelled on {status.EndedAt:u}{(status.Reason.Length > 0 ? $" ({status.Reason})" : "")}. ResumeAsync lets it go on, ForgetAsync lets it begin anew.");
        }

        if (status.State == BackfillState.Failed)
        {
            await BackfillLedger.SetStateAsync(connection, status.Name, BackfillState.Running, "", cancellationToken, BackfillState.Failed).ConfigureAwait(false);
        }
    }

    /// <summary>Changes the state of a backfill.</summary>
    /// <param name="name">The backfill.</param>
    /// <param name="reason">Why, for whoever looks at it later.</param>
    /// <param name="state">The new state.</param>
    /// <param name="from">The states that may be left for it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BackfillRefusedException">There is no such backfill, or its state does not allow it.</exception>
    /// <exception cref="PrimaryUnavailableException">There is no primary.</exception>
    private Task<BackfillStatus> ChangeAsync(string name, string reason, BackfillState state, BackfillState[] from, CancellationToken cancellationToken) => OnPrimaryAsync(
        async connection =>
        {
            if (await StatusReader.ReadAsync(connection, name, cancellationToken).ConfigureAwait(false) is null)
            {
                throw Unknown(name);
            }

            var isChanged = await BackfillLedger.SetStateAsync(connection, name, state, reason, cancellationToken, from).ConfigureAwait(false);
            var status = await StatusReader.ReadAsync(connection, name, cancellationToken).ConfigureAwait(false) ?? throw Unknown(name);
            return isChanged ? status : throw BackfillRefusedException.For(name, $"It is {RunControl.Text(status.State)} and cannot become {RunControl.Text(state)}.");
        },
        cancellationToken);

    private async Task<T> OnPrimaryAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        var connection = await _connections.OpenAsync(_monitor.Current.GetPrimary(), RunnerSession.Profile(Options.Tier), cancellationToken).ConfigureAwait(false);
        await using var disposing = connection.ConfigureAwait(false);
        return await work(connection).ConfigureAwait(false);
    }

    private static BackfillRefusedException Unknown(string name) =>
        BackfillRefusedException.For(name, "There is none of that name on this primary. RunAsync begins one.");
}
