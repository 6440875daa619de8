using Npgsql;
using PgScale.Testing.Processes;

namespace PgScale.Testing.Postgres;

/// <summary>Takes a stopped server back to where its history left that of the primary, without copying all its data.</summary>
internal static class Rewind
{
    private const string FullPageWrites = "full_page_writes";

    /// <summary>Runs pg_rewind; false when this installation lacks it or it refuses, and the data must be copied.</summary>
    public static async Task<bool> TryAsync(
        PostgresInstallation installation, LocalServer target, PostgresServer primary, CancellationToken cancellationToken)
    {
        if (installation.FindProgram("pg_rewind") is not { } program)
        {
            return false;
        }

        // pg_rewind reads pages while they change, and wants them whole in the log.
        var before = ((LocalServer)primary.Runner).Settings[FullPageWrites];
        await primary.ConfigureAsync(FullPageWrites, "on", cancellationToken).ConfigureAwait(false);
        try
        {
            // A primary tells its new timeline only after its first checkpoint.
            await primary.ExecuteAsync("CHECKPOINT", cancellationToken).ConfigureAwait(false);
            return await RunAsync(program, target, primary, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await primary.ConfigureAsync(FullPageWrites, before, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static async Task<bool> RunAsync(string program, LocalServer target, PostgresServer primary, CancellationToken cancellationToken)
    {
        NpgsqlConnectionStringBuilder source = new(primary.ConnectionString);
        string[] arguments =
        [
            $"--target-pgdata={target.DataDirectory}", "--no-sync",
            $"--source-server=host={source.Host} port={source.Port} user={source.Username} dbname=postgres sslmode=disable",
        ];
        Dictionary<string, string> environment = new(StringComparer.Ordinal) { ["PGPASSWORD"] = source.Password! };
        (var exitCode, var output) = await Command.RunAsync(
            ServerUser.Current.CommandLine(program, arguments), target.DataDirectory, environment: environment, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        await File.AppendAllTextAsync(target.LogFile, output + "\n", cancellationToken).ConfigureAwait(false);
        return exitCode == 0;
    }
}
