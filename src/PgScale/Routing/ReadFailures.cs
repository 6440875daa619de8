using System.Data;
using Npgsql;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>Sorts exceptions of reads.</summary>
internal static class ReadFailures
{
    /// <summary>Sorts a failure of work on a connection: while that is open, its server is well whatever else the work has met.</summary>
    internal static ReadFailure Classify(Exception failure, NpgsqlConnection connection) =>
        Classify(failure) is var kind && kind == ReadFailure.Node && failure is not NodeLostException && connection.State == ConnectionState.Open ? ReadFailure.Statement : kind;

    internal static ReadFailure Classify(Exception failure) => failure switch
    {
        NodeLostException => ReadFailure.Node,
        StaleNodeException => ReadFailure.Stale,
        PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or "57P04" } => ReadFailure.RecoveryConflict,
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.AdminShutdown } ended when IsByRecovery(ended) => ReadFailure.RecoveryConflict,
        PostgresException { SqlState: PostgresErrorCodes.FeatureNotSupported } plan when plan.Routine is "RevalidateCachedQuery" => ReadFailure.CachedPlan,
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => ReadFailure.Statement, // a read that writes: every node refuses it
        NpgsqlException { InnerException: TimeoutException } => ReadFailure.Statement,
        _ when ServerFailure.Concerns(failure) => ReadFailure.Node,
        _ => ReadFailure.Statement,
    };

    // The primary message is translated, the C function that raised it is not.
    private static bool IsByRecovery(PostgresException ended) =>
        ended.Routine is "ProcessInterrupts" && ended.MessageText.Contains("recovery", StringComparison.OrdinalIgnoreCase);
}
