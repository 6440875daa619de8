using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PgScale.Cluster;

/// <summary>Watches all servers off the users' path and publishes what is known as an immutable <see cref="ClusterSnapshot"/>.</summary>
/// <remarks>
/// One dedicated connection and one loop per server; servers never wait for each other, and no request of a user waits for a
/// probe. Thread-safe.
/// </remarks>
public sealed class ClusterMonitor : IHostedService, INodeWatcher, IAsyncDisposable
{
    private static readonly TimeSpan FirstLookSlack = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly NodeDirectory _directory;
    private readonly SnapshotBuilder _builder;
    private readonly ClusterMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<ClusterNode, ClusterSettings, INodeProbe> _createProbe;
    private readonly long _epoch;

    private ImmutableArray<NodeWatch> _watches = [];
    private ClusterSnapshot _current;
    private ClusterSettings? _settings;
    private Task _refreshing = Task.CompletedTask;
    private bool _disposed;

    internal ClusterMonitor(
        string instance,
        NodeDirectory directory,
        ClusterMetrics metrics,
        ILogger logger,
        TimeProvider time,
        Func<ClusterNode, ClusterSettings, INodeProbe>? createProbe = null)
    {
        Instance = instance.Length == 0 ? "default" : instance;
        _directory = directory;
        _metrics = metrics;
        _logger = logger;
        _time = time;
        _createProbe = createProbe ?? (static (node, settings) => new NodeProbe(node, settings));
        _builder = new(time);
        _epoch = time.GetTimestamp();
        _current = new(new(new(), []), TimelineHistory.Empty) { PrimaryProblem = "There is no primary: the monitor has not been started." };
        metrics.Observe(this);
    }

    /// <summary>The name given to <c>AddKeyedPgScale</c>, or <c>default</c>.</summary>
    public string Instance { get; }

    /// <summary>What is known now. Never null, never blocks; before the start it knows nothing.</summary>
    public ClusterSnapshot Current => Volatile.Read(ref _current);

    internal ClusterSettings Settings => _settings ??= _directory.Load();

    ClusterSettings INodeWatcher.Settings => Settings;

    /// <summary>Starts to watch and returns when each server has answered or was found silent: under two seconds.</summary>
    /// <remarks>
    /// Node sources (10 s each at most) and host names (5 s each at most) are asked before that.
    /// A missing primary does not stop the start: it is logged as an error, and the health check is Unhealthy.
    /// </remarks>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The configuration is invalid.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        Apply(_directory.Load());
        _directory.OnConfigurationChanged(Reload);
        await ChangeAsync(_directory.RefreshAsync, cancellationToken).ConfigureAwait(false);
        _refreshing = Task.Run(RefreshAsync, CancellationToken.None);
        await LookAroundAsync(cancellationToken).ConfigureAwait(false);
        ClusterLog.Started(_logger, Instance, Current.Nodes.Length, Current.Primary?.Name ?? "none");
    }

    /// <summary>Stops watching; <see cref="Current"/> keeps the last snapshot.</summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (_disposed)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _refreshing.ConfigureAwait(false);
        ImmutableArray<NodeWatch> watches;
        lock (_lock)
        {
            (watches, _watches) = (_watches, []);
        }

        await Task.WhenAll(watches.Select(watch => watch.DisposeAsync().AsTask())).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops watching and lets go of everything.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            await StopAsync().ConfigureAwait(false);
            _disposed = true;
            _metrics.Forget(this);
            _directory.Dispose();
            _changing.Dispose();
            _stopping.Dispose();
        }
    }

    /// <summary>Waits for a snapshot that fulfils a condition; the current one counts.</summary>
    /// <param name="condition">Looks at a snapshot; it is called for each new one, and must be quick.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async Task<ClusterSnapshot> WaitForAsync(Func<ClusterSnapshot, bool> condition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        while (true)
        {
            var snapshot = Current;
            if (condition(snapshot))
            {
                return snapshot;
            }

            await snapshot.Superseded.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Tells of a failure seen on a connection. If it speaks of the server (a broken connection, SQLSTATE 25006, 57P01–57P03, class
    /// 08) it is probed at once, once for any number of reports. Returns at once.
    /// </summary>
    /// <param name="node">The server's name; a name that is not known is ignored, since servers come and go.</param>
    /// <param name="failure">What was caught.</param>
    public void ReportFailure(string node, Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        if (ServerFailure.Concerns(failure))
        {
            RequestProbe(node);
        }
    }

    /// <summary>Has a server probed at once, or all of them. Returns at once; any number of requests make one probe.</summary>
    /// <param name="node">The server's name, or null for all.</param>
    public void RequestProbe(string? node = null)
    {
        foreach (var watch in _watches)
        {
            if (node is null || string.Equals(watch.Node.Name, node, StringComparison.OrdinalIgnoreCase))
            {
                watch.Demand();
            }
        }
    }

    /// <summary>Since when a question to a server has been waiting for its answer, as <see cref="TimeProvider.GetTimestamp"/>; 0 when none is.</summary>
    internal long AskedAt(ClusterNode node)
    {
        foreach (var watch in _watches)
        {
            if (ReferenceEquals(watch.Node, node))
            {
                return watch.AskedAt;
            }
        }

        return 0;
    }

    bool INodeWatcher.IsUrgent(NodeWatch watch)
    {
        var snapshot = Current;
        return snapshot.Primary is null || watch.IsLearning;
    }

    void INodeWatcher.Report(NodeWatch watch, NodeObservation observation)
    {
        lock (_lock)
        {
            if (!_watches.Contains(watch))
            {
                return;
            }

            watch.Record.Apply(observation);
            Publish();
        }

        _metrics.Probed(Instance, watch.Node, observation, _time);
        if (observation.Facts is { InRecovery: true, SeesWalReceiver: false } && watch.MayWarnOfRights())
        {
            ClusterLog.RoleSeesTooLittle(_logger, Instance, watch.Node);
        }
    }

    void INodeWatcher.ReportFailed(NodeWatch watch, Exception failure) => ClusterLog.TelemetryFailed(_logger, failure, Instance, watch.Node);

    // One after the other: settings that were read earlier must not be applied later.
    private async Task ChangeAsync(Func<CancellationToken, Task<ClusterSettings>> read, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Apply(await read(cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            _changing.Release();
        }
    }

    private void Apply(ClusterSettings settings)
    {
        ImmutableArray<NodeWatch> left;
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            _settings = settings;
            var before = _watches;
            _watches = [.. settings.Nodes.Select(node => before.FirstOrDefault(watch => ReferenceEquals(watch.Node, node)) ?? Watch(node, settings))];
            left = before.RemoveRange(before.Intersect(_watches));
            Publish();
        }

        foreach (var watch in left)
        {
            _ = watch.DisposeAsync().AsTask(); // its loop ends by itself and reports nothing more
        }
    }

    private NodeWatch Watch(ClusterNode node, ClusterSettings settings)
    {
        var watch = new NodeWatch(new(node), _createProbe(node, settings), this, _time, _epoch);
        watch.Start();
        return watch;
    }

    private void Publish()
    {
        var before = _current;
        var after = _builder.Build(_settings!, [.. _watches.Select(watch => watch.Record)]);
        Volatile.Write(ref _current, after);
        before.Supersede();
        if (before.Primary is not null && after.Primary is null)
        {
            RequestProbe();
        }

        ClusterChanges.Log(_logger, Instance, before, after);
    }

    private async Task LookAroundAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Settings.ProbeTimeout + FirstLookSlack, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await WaitForAsync(snapshot => snapshot.Nodes.All(node => node.Health != NodeHealth.Unknown), linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Slow servers are found by their loops; the application may start.
        }
    }

    private void Reload() => _ = ReloadAsync();

    private async Task ReloadAsync()
    {
        try
        {
            await ChangeAsync(_ => Task.FromResult(_directory.Reload()), _stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task RefreshAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Settings.TopologyRefreshInterval, _time, _stopping.Token).ConfigureAwait(false);
                await ChangeAsync(_directory.RefreshAsync, _stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                ClusterLog.RefreshFailed(_logger, failure, Instance);
            }
        }
    }
}
