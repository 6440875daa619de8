using Microsoft.Extensions.DependencyInjection;
using PgScale.Backfill;
using PgScale.Cluster;
using PgScale.IntegrationTests.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Backfill;

/// <summary>Backfills on real servers, wired as an application wires them.</summary>
internal sealed class Filled : IAsyncDisposable
{
    private readonly Watched _watched;
    private Filled(Watched watched) => _watched = watched;

    internal ControlledBackfill Backfill => _watched.Services.GetRequiredService<ControlledBackfill>();

    internal ClusterMonitor Monitor => _watched.Monitor;

    internal CollectedLog Log => _watched.Log;

    internal static async Task<Filled> StartAsync(
        IEnumerable<NodeOptions> nodes, Action<ControlledBackfillOptions>? backfill = null, Action<PgScaleOptions>? configure = null, params BackfillSignal[] signals)
    {
        var watched = Watched.Create(
            options =>
            {
                foreach (var node in nodes)
                {
                    options.Nodes.Add(node);
                }

                configure?.Invoke(options);
            },
            time: null,
            builder =>
            {
                builder.AddControlledBackfill(options => backfill?.Invoke(options));
                foreach (var signal in signals)
                {
                    builder.AddBackfillSignal(signal);
                }
            });
        await watched.Monitor.StartAsync();
        await watched.UntilAsync(snapshot => snapshot.Primary is not null && snapshot.Nodes.All(node => node == snapshot.Primary || node.Lag.IsKnown));
        return new(watched);
    }

    internal static Task<Filled> StartAsync(PostgresCluster cluster, Action<ControlledBackfillOptions>? backfill = null, params BackfillSignal[] signals) =>
        StartAsync(cluster.Servers.Select(Watched.NodeOf), backfill, configure: null, signals);

    public ValueTask DisposeAsync() => _watched.DisposeAsync();
}
