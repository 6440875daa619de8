using Microsoft.Extensions.Logging;
using PgScale.Backfill.Ledger;
using PgScale.Cluster;

namespace PgScale.Backfill.Running;

/// <summary>Does again what the loss of a server broke off, until a limit is reached.</summary>
internal sealed class ServerPatience(ClusterMonitor monitor, ControlledBackfillOptions options, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs the work; the limit counts from the first loss that no success has followed, which <paramref name="hasWorked"/> tells.</summary>
    internal async Task<T> TryAsync<T>(Func<Task<T>> work, string name, CancellationToken cancellationToken, Func<bool>? hasWorked = null)
    {
        for (var lostAt = (long?)null; ;)
        {
            try
            {
                return await work().ConfigureAwait(false);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested && IsOfServer(failure))
            {
                lostAt = hasWorked?.Invoke() == true ? null : lostAt;
                Note(failure, name, lostAt);
                lostAt ??= time.GetTimestamp();
            }

            monitor.RequestProbe();
            await Task.Delay(Retry, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Note(Exception failure, string name, long? lostAt)
    {
        if (lostAt is null)
        {
            ControlledBackfillLog.ServerLost(logger, monitor.Instance, name, failure.Message);
        }
        else if (time.GetElapsedTime(lostAt.Value) > options.FailoverTimeout)
        {
            throw BackfillFailedException.For(
                name, $"no primary took it up for {options.FailoverTimeout} (PgScale:Backfill:FailoverTimeout). Run it again when there is one.", failure);
        }
    }

    private static bool IsOfServer(Exception failure) =>
        failure is not (PrimaryUnavailableException or BackfillFailedException or BackfillRefusedException or FencedException or LedgerLostException)
        && BatchFailures.Classify(failure, checkpoint: null) == BatchFailure.Server;
}
