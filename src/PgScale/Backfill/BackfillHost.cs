using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PgScale.Backfill;

/// <summary>Runs a backfill beside an application until it is completed or cancelled; processes of the application stand by for each other.</summary>
internal sealed class BackfillHost(ControlledBackfill backfill, BackfillDefinition definition, BackfillRunOptions options, ILogger logger, string instance, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    // A failure must not end the application: it is logged, and tried again ever more slowly. What is refused needs a person.
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var pause = FirstPause; !stoppingToken.IsCancellationRequested; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await backfill.RunAsync(definition, progress: null, options with { Joins = true }, stoppingToken).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (BackfillRefusedException refused)
            {
                ControlledBackfillLog.Failed(logger, refused, instance, definition.Name);
                return;
            }
            catch (Exception failure)
            {
                ControlledBackfillLog.Failed(logger, failure, instance, definition.Name);
            }

            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
