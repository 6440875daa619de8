using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PgScale.Buffering;
using PgScale.Cluster;
using PgScale.DependencyInjection;
using PgScale.IntegrationTests.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Buffering;

/// <summary>Buffers on real servers, wired and hosted as an application does it.</summary>
internal sealed class Buffered : IAsyncDisposable
{
    private readonly IHost _host;

    private Buffered(IHost host, CollectedLog log)
    {
        _host = host;
        Log = log;
    }

    internal CollectedLog Log { get; }

    internal IServiceProvider Services => _host.Services;

    internal ClusterMonitor Monitor => _host.Services.GetRequiredService<ClusterMonitor>();

    internal LazyWriteBuffer<T> Get<T>() => _host.Services.GetRequiredService<LazyWriteBuffer<T>>();

    internal static Task<Buffered> StartAsync(PostgresCluster cluster, Action<IPgScaleBuilder> build) => StartAsync(cluster.Servers.Select(Watched.NodeOf), build);

    internal static async Task<Buffered> StartAsync(IEnumerable<NodeOptions> nodes, Action<IPgScaleBuilder> build)
    {
        var log = new CollectedLog();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(log);
        build(builder.Services.AddPgScale(options =>
        {
            foreach (var node in nodes)
            {
                options.Nodes.Add(node);
            }
        }));
        var host = builder.Build();
        try
        {
            await host.StartAsync();
        }
        catch
        {
            await ((IAsyncDisposable)host).DisposeAsync();
            throw;
        }

        return new(host, log);
    }

    internal Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
