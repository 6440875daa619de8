using Microsoft.Extensions.Caching.Hybrid;
using PgScale.Cluster;

namespace PgScale.Caching;

/// <summary>What differs for one entry from <see cref="CacheWithLockingOptions"/>. Keep one object and use it often.</summary>
public sealed record CacheEntryOptions
{
    /// <summary>
    /// How long the value is served after it was stored. 1 ms to 365 days; default <see cref="CacheWithLockingOptions.Expiration"/>.
    /// </summary>
    public TimeSpan? Expiration { get; init; }

    /// <summary>
    /// How long a process serves it from its own memory, at most <see cref="Expiration"/>. Default
    /// <see cref="CacheWithLockingOptions.LocalExpiration"/>.
    /// </summary>
    public TimeSpan? LocalExpiration { get; init; }

    /// <summary>How long a null is kept; zero keeps none. Default <see cref="CacheWithLockingOptions.NullExpiration"/>.</summary>
    public TimeSpan? NullExpiration { get; init; }

    /// <summary>
    /// How long after its expiration a value may still be served while loading it again fails. Zero to 365 days; default
    /// <see cref="CacheWithLockingOptions.StaleOnFailure"/>.
    /// </summary>
    public TimeSpan? StaleOnFailure { get; init; }

    /// <summary>
    /// Spread of the refresh before expiration, as a multiple of what the load takes; 0 is off. 0 to 10; default
    /// <see cref="CacheWithLockingOptions.EarlyRefresh"/>. The refresh runs after its caller has gone: the factory must not use what
    /// ends with a request.
    /// </summary>
    public double? EarlyRefresh { get; init; }

    /// <summary>
    /// How fresh the value must be: an entry that is not known to hold the write of this token is a miss, and what is loaded instead
    /// must hold it. Default none.
    /// </summary>
    public ConsistencyToken MinimumToken { get; init; }

    /// <summary>
    /// Whether all callers may be given one object: true promises that nobody changes it. Default: true for what cannot be changed
    /// (strings, values without references, types marked <c>[ImmutableObject(true)]</c> or
    /// by <see cref="CacheWithLockingOptions.TreatAsImmutable{T}"/>), else false, and each caller gets a copy of its own.
    /// </summary>
    public bool? ShareInstance { get; init; }

    /// <summary>What to leave out, in the words of <c>HybridCache</c>. Default none.</summary>
    public HybridCacheEntryFlags Flags { get; init; }

    internal static CacheEntryOptions From(HybridCacheEntryOptions options) => new()
    {
        Expiration = options.Expiration,
        LocalExpiration = options.LocalCacheExpiration,
        Flags = options.Flags ?? HybridCacheEntryFlags.None,
    };
}
