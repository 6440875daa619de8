using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>Keeps the routes in step with the cluster, and has silent servers probed out of turn.</summary>
internal sealed class RouteKeeper(ReplicaRouter router, ILogger logger, TimeProvider time) : IHostedService, IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    private Task _following = Task.CompletedTask;
    private Task _suspecting = Task.CompletedTask;
    private bool _disposed;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var core = router.Core; // the options are read and checked here
        core.Routes.Follow(core.Monitor.Current);
        _following = Task.Run(() => FollowAsync(core), CancellationToken.None);
        _suspecting = Task.Run(() => SuspectAsync(core), CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_following, _suspecting).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            await StopAsync(CancellationToken.None).ConfigureAwait(false);
            _stopping.Dispose();
        }
    }

    private async Task FollowAsync(RouterCore core)
    {
        var changes = new RouteChanges(logger, core.Monitor.Instance);
        try
        {
            for (var version = -1L; ;)
            {
                var seen = version;
                var snapshot = await core.Monitor.WaitForAsync(known => known.Version > seen, _stopping.Token).ConfigureAwait(false);
                version = snapshot.Version;
                Follow(core, snapshot, changes);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    // A bad turn, of a logger for instance, must not end the loop: the routes would grow old in silence.
    private void Follow(RouterCore core, ClusterSnapshot snapshot, RouteChanges changes)
    {
        try
        {
            core.Routes.Follow(snapshot);
            changes.Look(core.Routes);
        }
        catch (Exception failure)
        {
            ReplicaRouterLog.FollowFailed(logger, failure, core.Monitor.Instance);
        }
    }

    private void Look(RouterCore core, SilenceWatch watch)
    {
        try
        {
            watch.Look(
                (route, node) =>
                {
                    core.Metrics.Suspected(route.Name, node.Name);
                    ReplicaRouterLog.NodeSuspected(logger, core.Monitor.Instance, node.Name, route.Name);
                },
                (route, node) => ReplicaRouterLog.NodeCleared(logger, core.Monitor.Instance, node.Name, route.Name));
        }
        catch (Exception failure)
        {
            ReplicaRouterLog.FollowFailed(logger, failure, core.Monitor.Instance);
        }
    }

    private async Task SuspectAsync(RouterCore core)
    {
        var watch = new SilenceWatch(() => core.Routes.All, core.Monitor.AskedAt, core.Monitor.RequestProbe, core.Options.SuspicionAfter, core.Monitor.Settings.ProbeTimeout, time);
        var period = core.Options.SuspicionAfter / 2;
        using var timer = new PeriodicTimer(period > TimeSpan.FromMilliseconds(1) ? period : TimeSpan.FromMilliseconds(1), time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                Look(core, watch);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
