using System.CommandLine;
using Npgsql;
using PgScale.Backfill;
using PgScale.Cluster;
using PgScale.Ddl;

namespace PgScale.Cli;

/// <summary>Turns what goes wrong in a command into a message and an exit code.</summary>
internal static class CliAction
{
    internal static void Do(this Command command, Terminal terminal, Func<ParseResult, CancellationToken, Task<int>> action) =>
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                return await action(parsed, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                terminal.Complain("Stopped. What was done stays; the same command goes on from there.");
                return ExitCode.Cancelled;
            }
            catch (Exception failure) when (CodeOf(failure) is { } code)
            {
                terminal.Complain(failure.Message);
                return code;
            }
        });

    private static int? CodeOf(Exception failure) => failure switch
    {
        CliException known => known.Code,
        DdlException ddl => CodeOf(ddl.Failure),
        BackfillRefusedException => ExitCode.Unsafe,
        BackfillFailedException => ExitCode.Failed,
        PrimaryUnavailableException => ExitCode.Unreachable,
        PostgresException => ExitCode.Failed,
        NpgsqlException => ExitCode.Unreachable,
        IOException or UnauthorizedAccessException => ExitCode.Usage,
        _ => null,
    };

    private static int CodeOf(DdlFailure failure) => failure switch
    {
        DdlFailure.Refused => ExitCode.Unsafe,
        DdlFailure.Blocked or DdlFailure.RunnerBusy or DdlFailure.OutsideHours => ExitCode.Later,
        DdlFailure.DirectConnectionNeeded => ExitCode.Unreachable,
        DdlFailure.MigrationMismatch => ExitCode.Mismatch,
        _ => ExitCode.Failed,
    };
}
