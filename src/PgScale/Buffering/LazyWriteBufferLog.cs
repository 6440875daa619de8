using Microsoft.Extensions.Logging;

namespace PgScale.Buffering;

/// <summary>What buffers say: each change of state once. Event ids 4000–4999.</summary>
internal static partial class LazyWriteBufferLog
{
    [LoggerMessage(4000, LogLevel.Information, "Buffer '{Buffer}' writes to {Target}")]
    internal static partial void Ready(ILogger logger, string buffer, string target);

    [LoggerMessage(4001, LogLevel.Warning, "Buffer '{Buffer}' cannot write to {Target} now; it keeps its items within its bounds and tries again. {Reason}")]
    internal static partial void FlushFailed(ILogger logger, string buffer, string target, string reason);

    [LoggerMessage(4002, LogLevel.Error, "Buffer '{Buffer}' cannot write to {Target} until the table, the mapping or the rights are changed; it keeps its items within its bounds. {Reason}")]
    internal static partial void TableRefused(ILogger logger, string buffer, string target, string reason);

    [LoggerMessage(4003, LogLevel.Information, "Buffer '{Buffer}' writes to {Target} again, at attempt {Attempt}")]
    internal static partial void Recovered(ILogger logger, string buffer, string target, int attempt);

    [LoggerMessage(4004, LogLevel.Warning, "Buffer '{Buffer}' is full: {Policy}. Raise MaxItems or MaxBytes, or see why it cannot be flushed as fast as it is filled")]
    internal static partial void Full(ILogger logger, string buffer, string policy);

    [LoggerMessage(4005, LogLevel.Warning, "Buffer '{Buffer}': {Target} refused {Count} of {Rows} rows; they are dead letters, the others were written")]
    internal static partial void RowsRefused(ILogger logger, string buffer, string target, long count, int rows);

    [LoggerMessage(4006, LogLevel.Error, "Buffer '{Buffer}': a row that {Target} refused ({State}) is lost, because the dead-letter target failed too ({Cause})")]
    internal static partial void LetterLost(ILogger logger, string buffer, string target, string state, string cause);

    [LoggerMessage(4007, LogLevel.Error, "Buffer '{Buffer}' ends with {Items} items that were not written to {Target}. Give it a longer DrainTimeout and the host a longer ShutdownTimeout, or use the durable mode")]
    internal static partial void LeftAtShutdown(ILogger logger, string buffer, string target, long items);

    [LoggerMessage(4008, LogLevel.Error, "Buffer '{Buffer}': a batch of {Rows} rows for {Target} is lost by a defect of PgScale; please report it with this stack trace")]
    internal static partial void BatchLost(ILogger logger, Exception failure, string buffer, string target, int rows);

    [LoggerMessage(4009, LogLevel.Warning, "Buffer '{Buffer}': its mapping could not be compared with {Target} at the start, because there is no primary yet; it is compared before the first flush. {Reason}")]
    internal static partial void CheckPostponed(ILogger logger, string buffer, string target, string reason);

    [LoggerMessage(4010, LogLevel.Error, "Buffer '{Buffer}': an item for {Target} that an earlier run has left on disk is lost, because it cannot be held ({Cause}). Look at the selectors of the mapping and at MaxBytes")]
    internal static partial void ItemLost(ILogger logger, string buffer, string target, string cause);
}
