using Npgsql;
using PgScale.Cluster;

namespace PgScale.Backfill.Running;

/// <summary>Tells the failures of a batch apart.</summary>
internal static class BatchFailures
{
    internal static BatchFailure Classify(Exception failure, NpgsqlBatchCommand? checkpoint) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DivisionByZero } refused when checkpoint is not null && ReferenceEquals(refused.BatchCommand, checkpoint) => BatchFailure.Fenced,
        FencedException => BatchFailure.Fenced,
        _ when ServerFailure.Concerns(failure) => BatchFailure.Server,
        PostgresException refused => Classify(refused.SqlState),
        NpgsqlException => BatchFailure.Server,
        _ => BatchFailure.Row, // the definition's own code
    };

    private static BatchFailure Classify(string state) => state switch
    {
        PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.QueryCanceled => BatchFailure.Contention,
        "25P03" => BatchFailure.Server,
        _ => state[..2] switch
        {
            "21" or "22" or "23" or "38" or "39" or "44" or "P0" => BatchFailure.Row,
            _ => BatchFailure.Fatal,
        },
    };
}
