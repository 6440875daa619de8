using Microsoft.Extensions.Logging;

namespace PgScale.Backfill;

/// <summary>What backfills say: each change of state once. Event ids 5000–5999.</summary>
internal static partial class ControlledBackfillLog
{
    [LoggerMessage(5000, LogLevel.Information, "PgScale '{Instance}': backfill '{Name}' runs on {Table} by the key's index {Index}, about {Rows} rows, {Form}")]
    internal static partial void Started(ILogger logger, string instance, string name, string table, string? index, long rows, string form);

    [LoggerMessage(5001, LogLevel.Information, "PgScale '{Instance}': backfill '{Name}' is {State} with {Changed} rows changed")]
    internal static partial void Ended(ILogger logger, string instance, string name, BackfillState state, long changed);

    [LoggerMessage(5002, LogLevel.Warning, "PgScale '{Instance}': backfill '{Name}' is held: {Reason}")]
    internal static partial void Held(ILogger logger, string instance, string name, string reason);

    [LoggerMessage(5003, LogLevel.Information, "PgScale '{Instance}': backfill '{Name}' goes on")]
    internal static partial void GoesOn(ILogger logger, string instance, string name);

    [LoggerMessage(5004, LogLevel.Information, "PgScale '{Instance}': backfill '{Name}' is limited by {Signal}: {Reason}")]
    internal static partial void LimitedBy(ILogger logger, string instance, string name, string signal, string reason);

    [LoggerMessage(5005, LogLevel.Warning, "PgScale '{Instance}': backfill '{Name}' lost its server and takes up its checkpoint on the next primary: {Failure}")]
    internal static partial void ServerLost(ILogger logger, string instance, string name, string failure);

    [LoggerMessage(5006, LogLevel.Warning, "PgScale '{Instance}': backfill '{Name}' set aside the row with the key ({Key}) because of {Error}; it is tried again at the end: {TriedAgain}")]
    internal static partial void RowSetAside(ILogger logger, string instance, string name, string key, string error, bool triedAgain);

    [LoggerMessage(5007, LogLevel.Information, "PgScale '{Instance}': backfill '{Name}' goes on in plain ranges: only {Hot} of {Updated} new row versions found room on their page")]
    internal static partial void StripesGivenUp(ILogger logger, string instance, string name, long hot, long updated);

    [LoggerMessage(5008, LogLevel.Information, "PgScale '{Instance}': backfill '{Name}' has another pace: {Pace}")]
    internal static partial void PaceChanged(ILogger logger, string instance, string name, string pace);

    [LoggerMessage(5009, LogLevel.Warning, "PgScale '{Instance}': another runner took a range of backfill '{Name}'; this one does not go on with it")]
    internal static partial void Fenced(ILogger logger, string instance, string name);

    [LoggerMessage(5010, LogLevel.Error, "PgScale '{Instance}': backfill '{Name}' failed; what is done stays done, and running it again goes on from there")]
    internal static partial void Failed(ILogger logger, Exception failure, string instance, string name);

    [LoggerMessage(5011, LogLevel.Warning, "PgScale '{Instance}': backfill '{Name}' paused itself: {Reason}")]
    internal static partial void PausedItself(ILogger logger, string instance, string name, string reason);

    [LoggerMessage(5012, LogLevel.Warning, "PgScale '{Instance}': transactions from before the start of backfill '{Name}' still write to its table after {Wait}; rows that they insert may be passed over, unless the change is repeatable")]
    internal static partial void WritersLeft(ILogger logger, string instance, string name, TimeSpan wait);

    [LoggerMessage(5013, LogLevel.Warning, "PgScale '{Instance}': the signals of backfill '{Name}' could not be read")]
    internal static partial void SignalsUnread(ILogger logger, Exception failure, string instance, string name);

    [LoggerMessage(5014, LogLevel.Warning, "PgScale '{Instance}': backfill '{Name}' starts although {Warning}")]
    internal static partial void Warned(ILogger logger, string instance, string name, string warning);

    [LoggerMessage(5015, LogLevel.Warning, "PgScale '{Instance}': a failover took the beginning of backfill '{Name}' and every batch of it; it begins anew")]
    internal static partial void BeginsAnew(ILogger logger, string instance, string name);
}
