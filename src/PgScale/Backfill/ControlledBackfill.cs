using Microsoft.Extensions.Logging;
using PgScale.Backfill.Ledger;
using PgScale.Backfill.Pacing;
using PgScale.Backfill.Planning;
using PgScale.Backfill.Running;
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
    private readonly ClusterMonitor _monitor;
    private readonly NodeConnections _connections;
    private readonly Lazy<ControlledBackfillOptions> _options;
    private readonly Lazy<RunOpening> _opening;
    private readonly Lazy<ServerPatience> _patience;
    private readonly BackfillControls _controls;
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
        _options = new(options);
        _opening = new(() => new(monitor, connections, Options, signals(), metrics, logger, time));
        _patience = new(() => new(monitor, Options, logger, time));
        _controls = new(monitor, connections, () => Options);
        _monitor = monitor;
        _connections = connections;
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
        while (!await TryRunAsync(definition, progress, options, cancellationToken).ConfigureAwait(false))
        {
            ControlledBackfillLog.BeginsAnew(_logger, _monitor.Instance, definition.Name);
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
        _controls.ReadAsync(name, cancellationToken);

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

        return await new LeftRows(_monitor, _connections, _controls, Options.Tier, _time).CountAsync(definition, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Has all processes stop after the batch under way, until it is resumed; returns the status.</summary>
    /// <param name="name">The backfill.</param>
    /// <param name="reason">Why, for whoever looks at it later.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BackfillRefusedException">There is no such backfill, or its state does not allow it.</exception>
    /// <exception cref="PrimaryUnavailableException">There is no primary.</exception>
    public Task<BackfillStatus> PauseAsync(string name, string reason = "", CancellationToken cancellationToken = default) =>
        _controls.PauseAsync(name, reason, cancellationToken);

    /// <summary>Lets a paused, cancelled or failed backfill go on; a process has to run it. Returns the status.</summary>
    /// <param name="name">The backfill.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BackfillRefusedException">There is no such backfill, or its state does not allow it.</exception>
    /// <exception cref="PrimaryUnavailableException">There is no primary.</exception>
    public Task<BackfillStatus> ResumeAsync(string name, CancellationToken cancellationToken = default) =>
        _controls.ResumeAsync(name, cancellationToken);

    /// <summary>Has all processes give up after the batch under way; what is done stays done. Returns the status.</summary>
    /// <param name="name">The backfill.</param>
    /// <param name="reason">Why, for whoever looks at it later.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BackfillRefusedException">There is no such backfill, or its state does not allow it.</exception>
    /// <exception cref="PrimaryUnavailableException">There is no primary.</exception>
    public Task<BackfillStatus> CancelAsync(string name, string reason = "", CancellationToken cancellationToken = default) =>
        _controls.CancelAsync(name, reason, cancellationToken);

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

        return await _controls.SetPaceAsync(name, pace, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Has the rows that were set aside tried again by the next run, once their cause is repaired. Returns how many there are.</summary>
    /// <param name="name">The backfill.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BackfillRefusedException">There is no such backfill.</exception>
    public Task<int> RetryRowsAsync(string name, CancellationToken cancellationToken = default) => _controls.RetryRowsAsync(name, cancellationToken);

    /// <summary>Deletes what is known of a backfill that nobody runs, so that its name is free; rows that were changed stay so. False when there is none.</summary>
    /// <param name="name">The backfill.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BackfillRefusedException">A process runs it.</exception>
    public Task<bool> ForgetAsync(string name, CancellationToken cancellationToken = default) => _controls.ForgetAsync(name, cancellationToken);

    // False when a failover took the beginning of the run, and everything that it had done with it.
    private async Task<bool> TryRunAsync(BackfillDefinition definition, IProgress<BackfillProgress>? progress, BackfillRunOptions options, CancellationToken cancellationToken)
    {
        var context = await _patience.Value.TryAsync(() => _opening.Value.OpenAsync(definition, cancellationToken), definition.Name, cancellationToken).ConfigureAwait(false);
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
            return true;
        }
        catch (LedgerLostException)
        {
            return false;
        }
        finally
        {
            Metrics.End(run);
        }
    }
}
