using Microsoft.Extensions.Logging;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>The parts of a router, put together when it is first used: the configuration is read then.</summary>
internal sealed class RouterCore
{
    internal RouterCore(ClusterMonitor monitor, NodeConnections connections, ReplicaRouterOptions options, ReplicaRouterMetrics metrics, ILogger logger, TimeProvider time)
    {
        Options = options;
        Monitor = monitor;
        Metrics = metrics;
        Routes = new(monitor.Settings, options, monitor.Current, time);
        Budget = new(options, time);
        Opener = new(connections, monitor, options, time);
        Sessions = new(monitor, Opener, new(monitor, Opener, Budget, options, metrics, logger, time), Routes, options, metrics, time);
        Reads = new(Sessions, new(time), options, metrics, time);
        Writes = new(monitor, Opener, Routes, connections, options, metrics, time);
        Connections = connections;
        Routes.Follow(monitor.Current);
    }

    internal ReplicaRouterOptions Options { get; }

    internal ClusterMonitor Monitor { get; }

    internal ReplicaRouterMetrics Metrics { get; }

    internal NodeConnections Connections { get; }

    internal TierRoutes Routes { get; }

    internal PrimaryBudget Budget { get; }

    internal SessionOpener Opener { get; }

    internal ReadSessions Sessions { get; }

    internal ReadExecutor Reads { get; }

    internal WriteExecutor Writes { get; }
}
