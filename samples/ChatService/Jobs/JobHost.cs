namespace PgScale.Samples.ChatService.Jobs;

/// <summary>What a job runs in: the service's configuration and its cluster, without the web and without buffers.</summary>
internal sealed class JobHost : IDisposable
{
    private readonly IHost _host;

    private JobHost(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;

    /// <summary>Cancelled by Ctrl+C and by SIGTERM.</summary>
    public CancellationToken Stopping => Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    public static async Task<JobHost> StartAsync(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        builder.Services.AddPgScale(builder.Configuration.GetSection("PgScale"));
        var host = builder.Build();
        await host.StartAsync();
        return new(host);
    }

    public Task StopAsync() => _host.StopAsync();

    public void Dispose() => _host.Dispose();
}
