using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PgScale.Backfill;

/// <summary>Degraded when a backfill of this process has been held for long, with what holds it. Asks no server.</summary>
internal sealed class ControlledBackfillHealthCheck(ControlledBackfill backfill) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        var stalled = new List<string>();
        foreach (var run in backfill.Metrics.Runs)
        {
            var progress = run.Progress;
            data[run.Name] = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{progress.State}, {progress.Fraction:P1}, {progress.RowsPerSecond:0} rows/s, limited by {(progress.LimitedBy.Length > 0 ? progress.LimitedBy : "nothing")}");
            if (progress.State == BackfillState.Running && run.Idle > backfill.Options.StalledAfter)
            {
                stalled.Add($"{run.Name} has done nothing for {run.Idle:hh\\:mm\\:ss}: {(progress.Reason.Length > 0 ? progress.Reason : "another process has its ranges, or the server does not answer")}");
            }
        }

        return Task.FromResult(stalled.Count == 0
            ? HealthCheckResult.Healthy(data.Count == 0 ? "No backfill runs in this process." : "Every backfill goes on.", data)
            : HealthCheckResult.Degraded(string.Join("; ", stalled), data: data));
    }
}
