using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using PgScale.Cluster;

namespace PgScale.Buffering;

/// <summary>Checks a buffer's mapping at the start of the host, flushes while it runs, and writes what is held when it stops.</summary>
internal sealed class LazyWriteBufferService(ILazyWriteBuffer buffer, ClusterMonitor monitor, ILogger logger, TimeProvider time) : IHostedService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (monitor.Current.Primary is null)
        {
            LazyWriteBufferLog.CheckPostponed(logger, buffer.Name, buffer.Status.Target, monitor.Current.PrimaryProblem);
        }
        else
        {
            await CheckAsync(cancellationToken).ConfigureAwait(false);
        }

        buffer.Start();
    }

    public Task StopAsync(CancellationToken cancellationToken) => buffer.StopAsync(cancellationToken);

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await buffer.PrepareAsync(both.Token).ConfigureAwait(false);
            LazyWriteBufferLog.Ready(logger, buffer.Name, buffer.Status.Target);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && (failure is OperationCanceledException || (failure is NpgsqlException && ServerFailure.Concerns(failure))))
        {
            LazyWriteBufferLog.CheckPostponed(logger, buffer.Name, buffer.Status.Target, failure.Message);
        }
    }
}
