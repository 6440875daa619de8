using System.Globalization;
using Npgsql;
using PgScale.Testing.PgBouncer;
using PgScale.Testing.Processes;

namespace PgScale.Testing;

/// <summary>A PgBouncer in transaction mode in front of one server.</summary>
public sealed class PgBouncerServer : IAsyncDisposable
{
    private readonly PostgresServer _server;
    private readonly Daemon _daemon;

    private PgBouncerServer(PostgresServer server, Daemon daemon, Version version)
    {
        _server = server;
        _daemon = daemon;
        Version = version;
    }

    /// <summary>The address, 127.0.0.1.</summary>
    public string Host => Daemon.Host;

    /// <summary>The TCP port.</summary>
    public int Port => _daemon.Port;

    /// <summary>The process id.</summary>
    /// <exception cref="InvalidOperationException">PgBouncer is not running.</exception>
    public int ProcessId => _daemon.ProcessId;

    /// <summary>Whether the process exists.</summary>
    public bool IsRunning => _daemon.IsRunning;

    /// <summary>PgBouncer's version; before 1.21 there are no prepared statements in transaction mode.</summary>
    public Version Version { get; }

    /// <summary>How to connect to the server's database through PgBouncer.</summary>
    public string ConnectionString => GetConnectionString();

    /// <summary>PgBouncer's log.</summary>
    public string LogFile => _daemon.LogFile;

    /// <summary>How to connect through PgBouncer, with changes.</summary>
    /// <param name="database">The database (<c>pgbouncer</c> is its own console), or null for the cluster's own.</param>
    /// <param name="configure">Changes anything else; null changes nothing.</param>
    public string GetConnectionString(string? database = null, Action<NpgsqlConnectionStringBuilder>? configure = null) =>
        _server.GetConnectionString(database, builder =>
        {
            builder.Host = Host;
            builder.Port = Port;
            // A reset would fall on whatever server connection comes next.
            builder.NoResetOnClose = true;
            configure?.Invoke(builder);
        });

    /// <summary>Starts PgBouncer again after it was killed.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TestServerStartException">It did not start; the message holds the end of its log.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default) => _daemon.StartAsync(cancellationToken);

    /// <summary>Kills PgBouncer with SIGKILL: its clients are cut off.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task KillAsync(CancellationToken cancellationToken = default) => _daemon.KillAsync(cancellationToken);

    /// <summary>Stops PgBouncer with SIGSTOP: connections stay open and nobody answers.</summary>
    /// <exception cref="InvalidOperationException">PgBouncer is not running.</exception>
    public Task FreezeAsync() => _daemon.FreezeAsync();

    /// <summary>Wakes a frozen PgBouncer.</summary>
    /// <exception cref="InvalidOperationException">PgBouncer is not running.</exception>
    public Task ThawAsync() => _daemon.ThawAsync();

    /// <summary>Ends PgBouncer and deletes its files.</summary>
    public ValueTask DisposeAsync() => _daemon.DisposeAsync();

    internal static async Task<PgBouncerServer> StartAsync(PostgresServer server, PgBouncerOptions options, CancellationToken cancellationToken)
    {
        options.Validate();
        var program = FindProgram();
        (_, var output) = await Command.RunAsync([program, "--version"], Path.GetTempPath(), cancellationToken: cancellationToken).ConfigureAwait(false);
        NpgsqlConnectionStringBuilder target = new(server.ConnectionString);
        Daemon daemon = new("pgbouncer", program, async (folder, port, token) =>
            [await PgBouncerFiles.WriteAsync(folder, port, target, options, token).ConfigureAwait(false)]);
        await daemon.StartOrDisposeAsync(cancellationToken).ConfigureAwait(false);
        return new PgBouncerServer(server, daemon, ReadVersion(output));
    }

    internal static string FindProgram() => ProgramSearch.Find("pgbouncer") ?? throw new TestServerNotFoundException(
        "pgbouncer", "pgbouncer was not found on PATH or in /usr/sbin; install it with 'apt-get install pgbouncer'.");

    internal static Version ReadVersion(string output)
    {
        var first = output.Split('\n')[0].Split(' ')[^1].Trim();
        return Version.TryParse(first, out Version? version)
            ? version
            : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"'pgbouncer --version' printed '{output}', which holds no version."));
    }
}
