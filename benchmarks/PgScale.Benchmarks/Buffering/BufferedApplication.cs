using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PgScale.Buffering;
using PgScale.Cluster;
using PgScale.DependencyInjection;

namespace PgScale.Benchmarks.Buffering;

/// <summary>An application with buffers, wired and hosted as users do it.</summary>
internal sealed class BufferedApplication : IAsyncDisposable
{
    private readonly IHost _host;

    private BufferedApplication(IHost host) => _host = host;

    public static async Task<BufferedApplication> StartAsync(string connectionString, Action<IPgScaleBuilder> build, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        build(builder.Services.AddPgScale(options => options.Nodes.Add(new() { Name = "primary", ConnectionString = connectionString })));
        var application = new BufferedApplication(builder.Build());
        await application._host.StartAsync(cancellationToken);
        await application._host.Services.GetRequiredService<ClusterMonitor>().WaitForAsync(known => known.Primary is not null, cancellationToken);
        return application;
    }

    public LazyWriteBuffer<T> Get<T>(string? name = null) =>
        name is null ? _host.Services.GetRequiredService<LazyWriteBuffer<T>>() : _host.Services.GetRequiredKeyedService<LazyWriteBuffer<T>>(name);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
