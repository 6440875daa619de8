namespace PgScale.Caching.Redis;

/// <summary>What a process that waits for another one's load is told.</summary>
internal enum KeySignal
{
    /// <summary>Nothing came in time.</summary>
    None = 0,

    /// <summary>The value is there.</summary>
    Filled,

    /// <summary>The load failed.</summary>
    Failed,

    /// <summary>There is a value, but Redis does not get it: it is too large, or not proven fresh.</summary>
    Unshared,

    /// <summary>The key was removed or set while it was loaded.</summary>
    Voided,

    /// <summary>Redis cannot be used any longer.</summary>
    Lost,
}
