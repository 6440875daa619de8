using Microsoft.Extensions.Hosting;

namespace PgScale.Caching;

/// <summary>Connects when the application starts, so that its first requests find Redis, and checks the options then.</summary>
internal sealed class CacheKeeper(CacheWithLocking cache) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var core = cache.Core;
        return core.Shared?.Presence.WaitUntilUsableAsync(core.Options.ConnectTimeout, cancellationToken) ?? Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
