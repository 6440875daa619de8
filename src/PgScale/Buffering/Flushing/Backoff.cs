namespace PgScale.Buffering.Flushing;

/// <summary>Time to wait before the next attempt: grows with each, and is spread so that processes do not come at once.</summary>
/// <remarks>"Full jitter" of https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/, with a floor of a tenth.</remarks>
internal sealed class Backoff(TimeSpan first, TimeSpan most)
{
    internal TimeSpan After(int attempt)
    {
        var limit = Math.Min(most.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(attempt - 1, 20)));
        return TimeSpan.FromMilliseconds(limit * (0.1 + (0.9 * Random.Shared.NextDouble())));
    }
}
