using Microsoft.Extensions.Logging;

namespace PgScale.Ddl;

/// <summary>What schema changes say. Event ids 6000–6999. Statements are those of the team itself; those of others are shown as the options allow.</summary>
internal static partial class SafeDdlExecutorLog
{
    [LoggerMessage(6000, LogLevel.Information, "PgScale '{Instance}': schema change {Run} begins, {Steps} steps: {Statement}")]
    internal static partial void Started(ILogger logger, string instance, Guid run, int steps, string statement);

    [LoggerMessage(6001, LogLevel.Information, "PgScale '{Instance}': schema change {Run} of {StartedAt:u} goes on where it stopped: {Statement}")]
    internal static partial void Resumed(ILogger logger, string instance, Guid run, DateTimeOffset startedAt, string statement);

    [LoggerMessage(6002, LogLevel.Information, "PgScale '{Instance}': step {Step} of {Steps} of {Run} ended as {Outcome} after {Waited} of waiting: {Sql}")]
    internal static partial void StepEnded(ILogger logger, string instance, Guid run, int step, int steps, DdlOutcome outcome, TimeSpan waited, string sql);

    [LoggerMessage(6003, LogLevel.Information, "PgScale '{Instance}': schema change {Run} ended as {Outcome}")]
    internal static partial void Ended(ILogger logger, string instance, Guid run, DdlOutcome outcome);

    [LoggerMessage(6004, LogLevel.Error, "PgScale '{Instance}': schema change {Run} stopped at step {Step}; what was done stays, and running it again goes on from there")]
    internal static partial void Failed(ILogger logger, Exception failure, string instance, Guid run, int step);

    [LoggerMessage(6005, LogLevel.Warning, "PgScale '{Instance}': a schema change waits for {Blocker}")]
    internal static partial void Blocked(ILogger logger, string instance, DdlBlocker blocker);

    [LoggerMessage(6006, LogLevel.Warning, "PgScale '{Instance}': asked {Blocker} to give way ({Action}); the server knew it: {Known}")]
    internal static partial void Asked(ILogger logger, string instance, DdlBlocker blocker, DdlBlockerAction action, bool known);

    [LoggerMessage(6007, LogLevel.Warning, "PgScale '{Instance}': {Blocker} could not be asked to give way")]
    internal static partial void MayNotAsk(ILogger logger, Exception failure, string instance, DdlBlocker blocker);

    [LoggerMessage(6008, LogLevel.Information, "PgScale '{Instance}': a lock was not had in time and is tried again ({SqlState})")]
    internal static partial void LockRefused(ILogger logger, string instance, string sqlState);

    [LoggerMessage(6009, LogLevel.Warning, "PgScale '{Instance}': dropped the INVALID index {Index} that a failed build had left")]
    internal static partial void LeftoverDropped(ILogger logger, string instance, string index);

    [LoggerMessage(6010, LogLevel.Error, "PgScale '{Instance}': the INVALID index of a failed build could not be dropped; 'pgscale ddl cleanup' or the next run does")]
    internal static partial void LeftoverStays(ILogger logger, Exception failure, string instance);

    [LoggerMessage(6011, LogLevel.Information, "PgScale '{Instance}': a schema change waits: {Reason}")]
    internal static partial void Waiting(ILogger logger, string instance, string reason);

    [LoggerMessage(6012, LogLevel.Error, "PgScale '{Instance}': the end of schema change {Run} could not be written to its history")]
    internal static partial void HistoryFailed(ILogger logger, Exception failure, string instance, Guid run);
}
