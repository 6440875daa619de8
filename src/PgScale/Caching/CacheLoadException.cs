namespace PgScale.Caching;

/// <summary>A value could not be had for a reason that lies in the cache and not in the caller's own factory.</summary>
public sealed class CacheLoadException : Exception
{
    internal CacheLoadException(CacheLoadFailure reason, string message, Exception? innerException = null)
        : base(message, innerException) => Reason = reason;

    /// <summary>Why.</summary>
    public CacheLoadFailure Reason { get; }
}
