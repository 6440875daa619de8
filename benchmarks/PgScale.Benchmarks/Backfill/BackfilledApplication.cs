using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PgScale.Backfill;
using PgScale.Cluster;
using PgScale.Testing;

namespace PgScale.Benchmarks.Backfill;

/// <summary>An application with backfills, wired and hosted as users do it.</summary>
internal sealed class BackfilledApplication : IAsyncDisposable
{
    private readonly IHost _host;

    private BackfilledApplication(IHost host) => _host = host;

    public ControlledBackfill Backfill => _host.Services.GetRequiredService<ControlledBackfill>();

    public static Task<BackfilledApplication> StartAsync(PostgresCluster cluster, CancellationToken cancellationToken) =>
        StartAsync([.. cluster.Servers.Select(server => server.ConnectionString)], cancellationToken);

    public static async Task<BackfilledApplication> StartAsync(IReadOnlyList<string> connectionStrings, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddPgScale(options =>
        {
            for (var index = 0; index < connectionStrings.Count; index++)
            {
                options.Nodes.Add(new() { Name = $"node{index}", ConnectionString = connectionStrings[index] });
            }
        }).AddControlledBackfill();
        var application = new BackfilledApplication(builder.Build());
        await application._host.StartAsync(cancellationToken);
        await application._host.Services.GetRequiredService<ClusterMonitor>().WaitForAsync(
            known => known.Primary is not null && known.Nodes.All(node => node == known.Primary || node.Lag.IsKnown), cancellationToken);
        return application;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
