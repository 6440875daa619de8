using Microsoft.Extensions.Logging;

namespace PgScale.Caching;

/// <summary>What caching says: each change of state once, and never a key. Event ids 3000–3999.</summary>
internal static partial class CacheLog
{
    [LoggerMessage(3000, LogLevel.Information, "PgScale '{Instance}': the cache uses Redis")]
    internal static partial void RedisUsable(ILogger logger, string instance);

    [LoggerMessage(3001, LogLevel.Warning, "PgScale '{Instance}': the cache goes on without Redis because {Reason}; each process loads for itself, within its limit")]
    internal static partial void RedisLost(ILogger logger, string instance, string reason);

    [LoggerMessage(3002, LogLevel.Warning, "PgScale '{Instance}': Redis cannot be used yet because {Reason}")]
    internal static partial void RedisRefused(ILogger logger, string instance, string reason);

    [LoggerMessage(3003, LogLevel.Error, "PgScale '{Instance}': the cache's turn with Redis failed; it is tried again")]
    internal static partial void TurnFailed(ILogger logger, Exception failure, string instance);

    [LoggerMessage(3004, LogLevel.Warning, "PgScale '{Instance}': Redis holds other data than before (flushed, or restarted empty); values in memory are looked up again")]
    internal static partial void DataReplaced(ILogger logger, string instance);

    [LoggerMessage(3005, LogLevel.Warning, "PgScale '{Instance}': a value could not be loaded, its expired one is served")]
    internal static partial void ServedStale(ILogger logger, Exception failure, string instance);

    [LoggerMessage(3006, LogLevel.Warning, "PgScale '{Instance}': a value of type {Type} could not be serialized; it is not shared between processes")]
    internal static partial void NotSerializable(ILogger logger, Exception failure, string instance, Type type);

    [LoggerMessage(3007, LogLevel.Warning, "PgScale '{Instance}': a value of type {Type} in Redis could not be read; it is loaded again")]
    internal static partial void NotReadable(ILogger logger, Exception failure, string instance, Type type);

    [LoggerMessage(3008, LogLevel.Warning, "PgScale '{Instance}': a value could not be refreshed before its expiration")]
    internal static partial void RefreshFailed(ILogger logger, Exception failure, string instance);

    [LoggerMessage(3009, LogLevel.Warning, "PgScale '{Instance}': a message between processes could not be read; another version may use the same namespace")]
    internal static partial void MessageRefused(ILogger logger, string instance);
}
