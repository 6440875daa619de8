namespace PgScale.Caching;

/// <summary>How far a removal had got when its call returned.</summary>
public enum RemovalReach
{
    /// <summary>
    /// No process that reaches Redis serves an older value from now on, and none that does not for longer than
    /// <see cref="CacheWithLockingOptions.LocalExpirationWithoutRedis"/>.
    /// </summary>
    Everywhere = 0,

    /// <summary>
    /// This process serves no older value. Redis could not be used: the removal is remembered here and made up for when it is back;
    /// until then other processes may serve an older value.
    /// </summary>
    ThisProcess,
}
