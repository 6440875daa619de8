namespace PgScale.Ddl.Execution;

/// <summary>Growing pauses with jitter, so that runners and sessions do not fall into step.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan most, TimeProvider time)
{
    private const double Growth = 1.5;

    private TimeSpan _next = first;

    internal Task PauseAsync(CancellationToken cancellationToken)
    {
        var pause = _next * (0.5 + (0.5 * Random.Shared.NextDouble()));
        _next = TimeSpan.FromTicks(Math.Min((_next * Growth).Ticks, most.Ticks));
        return Task.Delay(pause, time, cancellationToken);
    }
}
