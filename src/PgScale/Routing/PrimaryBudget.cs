using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>What reads may cost the primary when replicas cannot serve them: so many at once, so many per second, all tiers together.</summary>
/// <remarks>A tier may use the budget up to its share, so the tier with the smallest share is shed first.</remarks>
internal sealed class PrimaryBudget
{
    private readonly int _concurrency;
    private readonly TokenBucket _rate;

    private int _inUse;

    internal PrimaryBudget(ReplicaRouterOptions options, TimeProvider time)
    {
        _concurrency = options.FallbackConcurrency;
        _rate = new(options.FallbackPerSecond == 0 ? 0 : Math.Max(1, options.FallbackPerSecond / 10.0), options.FallbackPerSecond, time);
    }

    internal int InUse => Volatile.Read(ref _inUse);

    internal static double DefaultShare(string tier) =>
        string.Equals(tier, TierNames.Critical, StringComparison.OrdinalIgnoreCase) ? 1
        : string.Equals(tier, TierNames.Important, StringComparison.OrdinalIgnoreCase) ? 0.7
        : 0.4;

    /// <summary>Takes a place; false when the tier's share of the budget is used up.</summary>
    internal bool TryEnter(double share)
    {
        if (Interlocked.Increment(ref _inUse) > Math.Ceiling(_concurrency * share) || !_rate.TryTake(leave: 1 - share))
        {
            Interlocked.Decrement(ref _inUse);
            return false;
        }

        return true;
    }

    internal void Leave() => Interlocked.Decrement(ref _inUse);

    internal TimeSpan RetryAfter(double share)
    {
        var wait = _rate.TimeUntil(1 - share);
        return wait > TimeSpan.FromMilliseconds(50) ? wait : TimeSpan.FromMilliseconds(50);
    }
}
