namespace PgScale.Caching;

/// <summary>Why a value could not be had.</summary>
public enum CacheLoadFailure
{
    /// <summary>The load took longer than <see cref="CacheWithLockingOptions.LoadTimeout"/>.</summary>
    TimedOut = 0,

    /// <summary>More than <see cref="CacheWithLockingOptions.MaxQueuedLoads"/> loads waited for their turn.</summary>
    TooManyLoads,

    /// <summary>The loads of other processes that this one waited for failed twice in a row; their logs say why.</summary>
    FailedElsewhere,
}
