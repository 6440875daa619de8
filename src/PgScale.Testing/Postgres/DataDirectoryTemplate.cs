using PgScale.Testing.Processes;

namespace PgScale.Testing.Postgres;

/// <summary>What initdb made, once per process, installation and database name; every cluster begins as a copy of it.</summary>
internal sealed class DataDirectoryTemplate
{
    private static readonly SemaphoreSlim Making = new(1, 1);
    private static readonly Dictionary<(string BinDirectory, string Database), string> Made = [];

    /// <summary>Makes a stopped primary's data directory with its own system identifier and password.</summary>
    public static async Task CreatePrimaryAsync(
        PostgresInstallation installation, string database, string password, string target, CancellationToken cancellationToken)
    {
        var template = await TemplateAsync(installation, database, cancellationToken).ConfigureAwait(false);
        await DataDirectory.CopyAsync(template, target, cancellationToken).ConfigureAwait(false);
        SystemIdentifier.Renew(target);
        await RunSingleUserAsync(installation, target, $"ALTER ROLE postgres PASSWORD '{password}'\n", cancellationToken).ConfigureAwait(false);
    }

    private static async Task<string> TemplateAsync(PostgresInstallation installation, string database, CancellationToken cancellationToken)
    {
        (string, string) key = (installation.BinDirectory, database);
        await Making.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!Made.TryGetValue(key, out var template))
            {
                template = await MakeAsync(installation, database, cancellationToken).ConfigureAwait(false);
                Made[key] = template;
            }

            return template;
        }
        finally
        {
            Making.Release();
        }
    }

    private static async Task<string> MakeAsync(PostgresInstallation installation, string database, CancellationToken cancellationToken)
    {
        // The reaper deletes the folder; there is no earlier moment at which nobody can want it any more.
        var folder = TestFolder.Create("template").Path;
        var data = Path.Combine(folder, "data");
        var program = installation.FindProgram("initdb") ?? throw new PostgresNotFoundException(
            installation.MajorVersion, $"'{installation.BinDirectory}' holds no initdb; name a folder that holds all of PostgreSQL's server programs.");
        string[] arguments =
        [
            "-D", data, "--username=postgres", "--auth=scram-sha-256", $"--pwfile={Path.Combine(folder, "password")}",
            "--encoding=UTF8", "--locale=C", "--no-sync",
        ];
        await TestFolder.WriteAsync(Path.Combine(folder, "password"), Password.Create(), cancellationToken).ConfigureAwait(false);
        (var exitCode, var output) = await Command.RunAsync(ServerUser.Current.CommandLine(program, arguments), folder, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            throw new PostgresStartException("initdb", $"ended with exit code {exitCode}", output);
        }

        await RunSingleUserAsync(installation, data, $"CREATE DATABASE \"{database}\"\n", cancellationToken).ConfigureAwait(false);
        return data;
    }

    /// <summary>Runs one statement without a server: a tenth of the time of a start and a stop.</summary>
    private static async Task RunSingleUserAsync(PostgresInstallation installation, string data, string sql, CancellationToken cancellationToken)
    {
        string[] arguments = ["--single", "-F", "-c", "exit_on_error=on", "-D", data, "postgres"];
        IReadOnlyList<string> command = ServerUser.Current.CommandLine(installation.FindProgram("postgres")!, arguments);
        (var exitCode, var output) = await Command.RunAsync(command, data, sql, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            throw new PostgresStartException("postgres --single", $"ended with exit code {exitCode}", output);
        }
    }
}
