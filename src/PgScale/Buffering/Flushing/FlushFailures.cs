using System.Globalization;
using Npgsql;
using PgScale.Buffering.Sinks;
using PgScale.Cluster;
using PgScale.Internal;

namespace PgScale.Buffering.Flushing;

/// <summary>Tells failures of flushes apart, by SQLSTATE as listed in PostgreSQL's manual, appendix A.</summary>
internal static class FlushFailures
{
    // A row that a policy refuses has the SQLSTATE of a missing right; only the routine tells them apart in every language.
    private const string RowSecurityRoutine = "ExecWithCheckOptions";

    internal static FlushFailure Classify(Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege, Routine: RowSecurityRoutine } => FlushFailure.Row,
        PostgresException refused => Classify(refused.SqlState),
        BufferMappingException or PgScaleSchemaException or LedgerTakenException => FlushFailure.Table,
        RowFaultException => FlushFailure.Row,
        PrimaryLostException or OperationCanceledException => FlushFailure.Retry,
        _ when ServerFailure.Concerns(failure) => FlushFailure.Retry,
        NpgsqlException => FlushFailure.Retry,
        System.Text.EncoderFallbackException or OverflowException or ArgumentException or FormatException => FlushFailure.Row,
        _ => FlushFailure.Unknown,
    };

    /// <summary>Whether the transaction is known not to be committed. An ending server may say so after it has committed.</summary>
    internal static bool IsRolledBack(Exception failure) => failure is RowFaultException or BufferMappingException or PgScaleSchemaException or LedgerTakenException
        || (failure is PostgresException refused && refused.SqlState[..2] is not ("08" or "57" or "58" or "XX"))
        || failure is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled };

    /// <summary>Whether the server can only have said this after it had entered the batch into the ledger, so that no earlier attempt was committed.</summary>
    internal static bool ComesAfterLedger(Exception failure) => failure is PostgresException && Classify(failure) == FlushFailure.Row;

    /// <summary>Whether somebody has to change something before anything can be written.</summary>
    /// <param name="failure">What happened.</param>
    /// <param name="before">What happened the last time; null when that went well.</param>
    internal static bool Stops(Exception failure, Exception? before) =>
        Classify(failure) == FlushFailure.Table && (!IsOfPassword(failure) || IsOfPassword(before));

    /// <summary>The row that a failure names; null when it names none.</summary>
    internal static int? NamedRow(Exception failure, RowSet rows) => failure switch
    {
        RowFaultException fault => rows.At(fault.Index),
        PostgresException { Where: { } where } when LineOf(where) is { } line => rows.At(line - 1),
        _ => null,
    };

    /// <summary>The constraint that a row breaks; null when it is none or has no name.</summary>
    internal static string? ConstraintOf(Exception failure) => failure is PostgresException { ConstraintName: { Length: > 0 } constraint } ? constraint : null;

    internal static bool IsOfForeignKey(Exception failure) => failure is PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation };

    /// <summary>Whether a failure while values are written comes from the values, and not from the connection.</summary>
    internal static bool IsOfClient(Exception failure) =>
        failure is not (NpgsqlException or IOException or System.Net.Sockets.SocketException or OperationCanceledException or TimeoutException or ObjectDisposedException or OutOfMemoryException);

    // A connection that breaks while it signs in is refused in this way too: to the server half a password is a wrong one.
    private static bool IsOfPassword(Exception? failure) => failure is PostgresException { SqlState: PostgresErrorCodes.InvalidPassword };

    // "COPY t, line 701, column x", in the server's language and below the context of a trigger: the first number after the table's name.
    // A table's name may hold commas and digits; the part that counts comes after the last comma before "column", or the last at all.
    private static int? LineOf(string where)
    {
        foreach (var line in where.Split('\n'))
        {
            if (!line.StartsWith("COPY ", StringComparison.Ordinal))
            {
                continue;
            }

            foreach (var part in line.Split(", ").Skip(1))
            {
                var digits = new string([.. part.SkipWhile(character => !char.IsAsciiDigit(character)).TakeWhile(char.IsAsciiDigit)]);
                if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                {
                    return number;
                }
            }
        }

        return null;
    }

    private static FlushFailure Classify(string state) => state switch
    {
        PostgresErrorCodes.QueryCanceled => FlushFailure.TooLong,
        PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.InFailedSqlTransaction => FlushFailure.Retry,
        _ => state[..2] switch
        {
            "08" or "40" or "53" or "55" or "57" or "58" => FlushFailure.Retry,
            "21" or "22" or "23" or "44" or "54" or "P0" => FlushFailure.Row,
            "0A" or "26" or "28" or "3D" or "3F" or "42" => FlushFailure.Table,
            _ => FlushFailure.Unknown,
        },
    };
}
