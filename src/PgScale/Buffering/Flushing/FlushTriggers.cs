namespace PgScale.Buffering.Flushing;

/// <summary>When to flush, apart from a full batch.</summary>
/// <param name="Interval">Longest time that an item waits, before jitter.</param>
/// <param name="MaxConnections">Most batches under way at once.</param>
internal readonly record struct FlushTriggers(TimeSpan Interval, int MaxConnections)
{
    private const double Jitter = 0.2; // processes that were started together must not flush together

    internal TimeSpan NextDelay() => Interval * (1 - (Jitter * Random.Shared.NextDouble()));
}
