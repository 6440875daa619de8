using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PgScale.Buffering;

/// <summary>Degraded when the oldest item of a buffer is too old, or its table refuses all rows. Asks no server.</summary>
internal sealed class LazyWriteBufferHealthCheck(IEnumerable<ILazyWriteBuffer> buffers, TimeProvider time) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        List<string> problems = [];
        foreach (var buffer in buffers)
        {
            var depth = buffer.Source.Depth;
            var age = depth is { Items: > 0, OldestAt: > 0 } ? time.GetElapsedTime(depth.OldestAt) : TimeSpan.Zero;
            data[buffer.Name] = FormattableString.Invariant($"{depth.Items} items, {depth.Bytes} bytes, the oldest {age.TotalSeconds:0.0} s old");
            if (buffer.Source.Failure is { } failure)
            {
                problems.Add($"Buffer '{buffer.Name}' takes nothing: {failure.Message}");
            }

            if (buffer.Status.IsStopped)
            {
                problems.Add($"Buffer '{buffer.Name}' cannot write to {buffer.Status.Target} until the table, the mapping or the rights are changed.");
            }
            else if (age > buffer.Options.DegradedAfter)
            {
                problems.Add(FormattableString.Invariant($"The oldest item of buffer '{buffer.Name}' is {age.TotalSeconds:0} s old."));
            }
        }

        return Task.FromResult(problems.Count == 0
            ? HealthCheckResult.Healthy("Every buffer is flushed in time.", data)
            : HealthCheckResult.Degraded(string.Join(' ', problems), data: data));
    }
}
