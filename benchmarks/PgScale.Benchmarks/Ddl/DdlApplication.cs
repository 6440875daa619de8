using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PgScale.Cluster;
using PgScale.Ddl;
using PgScale.Testing;

namespace PgScale.Benchmarks.Ddl;

/// <summary>An application that changes its schema, wired and hosted as users do it.</summary>
internal sealed class DdlApplication : IAsyncDisposable
{
    private readonly IHost _host;

    private DdlApplication(IHost host) => _host = host;

    public SafeDdlExecutor Executor => _host.Services.GetRequiredService<SafeDdlExecutor>();

    public static async Task<DdlApplication> StartAsync(
        IReadOnlyList<PostgresServer> servers, CancellationToken cancellationToken, Action<SafeDdlExecutorOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddPgScale(options =>
        {
            foreach (var server in servers)
            {
                options.Nodes.Add(new() { Name = server.Name, ConnectionString = server.ConnectionString });
            }
        }).AddSafeDdlExecutor(options => configure?.Invoke(options));
        var application = new DdlApplication(builder.Build());
        await application._host.StartAsync(cancellationToken);
        await application._host.Services.GetRequiredService<ClusterMonitor>()
            .WaitForAsync(known => known.Primary is not null && known.Replicas.All(replica => replica.Lag.IsKnown), cancellationToken);
        return application;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
