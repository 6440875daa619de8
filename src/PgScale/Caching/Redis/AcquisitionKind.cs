namespace PgScale.Caching.Redis;

/// <summary>How asking for a lock ended.</summary>
internal enum AcquisitionKind
{
    /// <summary>Another process loads; this one will be told.</summary>
    Busy = 0,

    /// <summary>There is a value.</summary>
    Value,

    /// <summary>The lock is this caller's.</summary>
    Won,

    /// <summary>Redis cannot be used.</summary>
    Unavailable,
}
