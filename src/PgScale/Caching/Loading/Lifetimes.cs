namespace PgScale.Caching.Loading;

/// <summary>When a value expires, a little before its time at random, and when it is loaded again before that.</summary>
internal static class Lifetimes
{
    // The floor lets a usual load end before expiration; the spread keeps processes from all asking for the lock at once.
    private const double Lead = 1.25;
    private const double Spread = 0.25;

    internal static long Jittered(long expiration, double jitter) =>
        Math.Max(1, expiration - (long)(expiration * jitter * Random.Shared.NextDouble()));

    /// <summary>How long before its expiration a value is refreshed; 0 is never.</summary>
    /// <remarks>
    /// After XFetch (Vattani, Chierichetti, Lowenstein: Optimal probabilistic cache stampede prevention, VLDB 2015), but drawn once for
    /// each process and value instead of at every read: there it serves to have one reader go ahead of many, which the lock does here,
    /// and a value that is read often would be refreshed ever earlier.
    /// </remarks>
    internal static long RefreshLead(long lifetime, long loadMilliseconds, double spread)
    {
        if (spread <= 0)
        {
            return 0;
        }

        var exponential = -Math.Log(1 - Random.Shared.NextDouble());
        var lead = Math.Max(1, loadMilliseconds) * (Lead + (Spread * spread * exponential));
        return (long)Math.Min(Math.Ceiling(lead) + CacheClock.Coarseness, lifetime / 2.0);
    }
}
