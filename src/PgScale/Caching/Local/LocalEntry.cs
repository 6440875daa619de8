using PgScale.Caching.Tags;
using PgScale.Cluster;

namespace PgScale.Caching.Local;

/// <summary>A value in memory and what is known of it. Times are those of <see cref="CacheClock"/>.</summary>
internal abstract class LocalEntry
{
    /// <summary>The epoch of what was loaded without Redis' word on what it must hold.</summary>
    internal const int Unasked = -1;

    private long _freshUntil;

    /// <summary>Until when a reader may take it without a thought: its expiration, or the moment of its early refresh.</summary>
    internal long FreshUntil
    {
        get => Volatile.Read(ref _freshUntil);
        init => _freshUntil = value;
    }

    internal required long LoadedAt { get; init; }

    internal required long ExpiresAt { get; init; }

    internal required long StaleUntil { get; init; }

    /// <summary>The epoch of the lease when its load began, or <see cref="Unasked"/>.</summary>
    internal required int Epoch { get; init; }

    internal required TagStamps Tags { get; init; }

    /// <summary>A position that the value is known to hold.</summary>
    internal required ConsistencyToken Token { get; init; }

    /// <summary>When Redis took it, by Redis' own clock in microseconds; 0 when Redis never did.</summary>
    internal long Stamp { get; init; }

    /// <summary>Lets one reader begin the early refresh; the others go on with the value.</summary>
    internal bool TryBeginRefresh()
    {
        var until = FreshUntil;
        return until < ExpiresAt && Interlocked.CompareExchange(ref _freshUntil, ExpiresAt, until) == until;
    }
}
