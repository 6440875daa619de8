using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PgScale.Cluster;
using PgScale.Routing;
using PgScale.Testing;

namespace PgScale.Benchmarks.Routing;

/// <summary>An application with a router, wired and hosted as users do it.</summary>
internal sealed class RoutedApplication : IAsyncDisposable
{
    private readonly IHost _host;

    private RoutedApplication(IHost host) => _host = host;

    public ReplicaRouter Router => _host.Services.GetRequiredService<ReplicaRouter>();

    private ClusterMonitor Monitor => _host.Services.GetRequiredService<ClusterMonitor>();

    public static async Task<RoutedApplication> StartAsync(
        PostgresCluster cluster, CancellationToken cancellationToken, Action<ReplicaRouterOptions>? routing = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddPgScale(options =>
        {
            foreach (var server in cluster.Servers)
            {
                options.Nodes.Add(new() { Name = server.Name, ConnectionString = server.ConnectionString });
            }
        }).AddReplicaRouter(options => routing?.Invoke(options));
        var application = new RoutedApplication(builder.Build());
        await application._host.StartAsync(cancellationToken);
        await application.UntilAllServeAsync(cancellationToken);
        return application;
    }

    /// <summary>Returns when there is a primary and every other server is a healthy replica whose lag is known.</summary>
    public async Task UntilAllServeAsync(CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(TimeSpan.FromSeconds(30));
        var snapshot = await Monitor.WaitForAsync(
            known => known.Primary is not null && known.Replicas.Length == known.Nodes.Length - 1
                && known.Replicas.All(node => node.Health == NodeHealth.Healthy && node.Lag.IsWithin(TimeSpan.FromSeconds(1), 1 << 20)),
            late.Token);
        Router.Core.Routes.Follow(snapshot);
    }

    /// <summary>Returns when it is known that no replica can serve.</summary>
    public async Task UntilNoReplicaServesAsync(CancellationToken cancellationToken) =>
        Router.Core.Routes.Follow(await Monitor.WaitForAsync(known => known.Primary is not null && !known.Replicas.Any(node => node.IsUsable), cancellationToken));

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
