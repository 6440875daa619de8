using Microsoft.Extensions.Caching.Hybrid;
using PgScale.Cluster;

namespace PgScale.Caching.Loading;

/// <summary>What holds for one call: its own options over those of the cache, in milliseconds.</summary>
internal sealed record EntryRules
{
    internal required long Expiration { get; init; }

    internal required long LocalExpiration { get; init; }

    internal required long NullExpiration { get; init; }

    internal required long StaleOnFailure { get; init; }

    internal required double EarlyRefresh { get; init; }

    internal ConsistencyToken MinimumToken { get; init; }

    internal bool? ShareInstance { get; init; }

    internal HybridCacheEntryFlags Flags { get; init; }

    internal bool ReadsLocal => !Flags.HasFlag(HybridCacheEntryFlags.DisableLocalCacheRead);

    internal bool WritesLocal => !Flags.HasFlag(HybridCacheEntryFlags.DisableLocalCacheWrite);

    internal bool ReadsShared => !Flags.HasFlag(HybridCacheEntryFlags.DisableDistributedCacheRead);

    internal bool WritesShared => !Flags.HasFlag(HybridCacheEntryFlags.DisableDistributedCacheWrite);

    internal bool Loads => !Flags.HasFlag(HybridCacheEntryFlags.DisableUnderlyingData);

    internal bool Compresses => !Flags.HasFlag(HybridCacheEntryFlags.DisableCompression);

    internal static EntryRules Of(CacheWithLockingOptions defaults, CacheEntryOptions? own = null)
    {
        var expiration = Milliseconds(own?.Expiration ?? defaults.Expiration);
        return new()
        {
            Expiration = expiration,
            LocalExpiration = Math.Min(expiration, Milliseconds(own?.LocalExpiration ?? defaults.LocalExpiration ?? TimeSpan.MaxValue)),
            NullExpiration = Math.Min(expiration, Milliseconds(own?.NullExpiration ?? defaults.NullExpiration ?? TimeSpan.FromSeconds(30))),
            StaleOnFailure = Milliseconds(own?.StaleOnFailure ?? defaults.StaleOnFailure),
            EarlyRefresh = own?.EarlyRefresh ?? defaults.EarlyRefresh,
            MinimumToken = own?.MinimumToken ?? default,
            ShareInstance = own?.ShareInstance,
            Flags = own?.Flags ?? HybridCacheEntryFlags.None,
        };
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
